// Configuration text: no crash and no endless loop, whatever the bytes; each diagnostic can be shown. What
// follows a NUL byte is the text of other.conf, which the first part may include.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "faces/nginx/load.h"
#include "model/dump.h"
#include "tests/fuzz/property.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t cut = input.find('\0');
    nginx::MemoryFiles files({{"/conf/nginx.conf", std::string(input.substr(0, cut))}});
    if (cut != std::string_view::npos) files.add("/conf/other.conf", std::string(input.substr(cut + 1)));

    const nginx::Loaded loaded = nginx::load(files, "/conf/nginx.conf", {}, {});
    for (const nginx::Diagnostic& diagnostic : loaded.diagnostics.items()) {
        const std::string shown = nginx::render_for_terminal(diagnostic, loaded.document.sources);
        fuzz::require(shown.ends_with('\n'), "a rendered diagnostic ends its line");
        fuzz::require(shown.find('\x1b') == std::string::npos,
                      "no escape sequence of the file reaches the terminal");
        const std::string logged = nginx::render_for_log(diagnostic, loaded.document.sources);
        fuzz::require(logged.find('\n') == std::string::npos, "a logged diagnostic is one line");
    }
    fuzz::require(loaded.model.has_value() != loaded.diagnostics.has_errors(),
                  "there is a model or an error");
    if (loaded.model) fuzz::require(!model::dump(*loaded.model).empty(), "a model can be shown");
    return 0;
}
