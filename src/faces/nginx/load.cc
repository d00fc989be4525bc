#include "faces/nginx/load.h"

#include <fmt/format.h>

#include "faces/nginx/fragment.h"

namespace gatehouse::nginx {

Loaded load(FileSource& files, const std::string& path, const ParseOptions& parsing,
            const CompileOptions& compiling) {
    Loaded loaded;
    loaded.document = parse(files, path, parsing, loaded.diagnostics);
    if (loaded.diagnostics.has_errors()) return loaded;   // what is missing would only cause more errors
    complete_fragment(loaded.document, loaded.diagnostics);
    auto compiled =
        compile(loaded.document, files, directory_of(path, parsing), compiling, loaded.diagnostics);
    loaded.model = std::move(compiled.model);
    loaded.docker = std::move(compiled.docker);
    return loaded;
}

std::string summary(const Loaded& loaded, const std::string& path) {
    if (!loaded.model) return fmt::format("nginx: configuration file {} test failed\n", path);
    return fmt::format(
        "nginx: the configuration file {} syntax is ok\n"
        "nginx: configuration file {} test is successful\n",
        path, path);
}

}   // namespace gatehouse::nginx
