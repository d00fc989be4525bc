// Configuration → model, and configuration → what is said about it: each golden/NAME.conf is loaded and
// compared with golden/NAME.txt. Run with GATEHOUSE_UPDATE_GOLDEN=1 to write the .txt files anew, and read
// the difference.

#include "faces/nginx/load.h"
#include "model/dump.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "unit/faces_nginx/tls_files.h"

namespace gatehouse::nginx {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "tests/unit/faces_nginx/golden";

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::string outcome_of(const std::filesystem::path& path) {
    MemoryFiles files = tls_files();
    files.add("proxy.conf", text_of(path));
    const Loaded loaded = load(files, "proxy.conf", {}, {});
    std::string out;
    for (const Diagnostic& diagnostic : loaded.diagnostics.items()) {
        out += render_for_terminal(diagnostic, loaded.document.sources);
    }
    if (loaded.model) out += model::dump(*loaded.model, model::Origins::shown);
    return out;
}

std::vector<std::filesystem::path> configurations() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".conf") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    return paths;
}

TEST(golden, every_configuration_gives_the_model_and_the_remarks_that_are_kept_beside_it) {
    const bool update = std::getenv("GATEHOUSE_UPDATE_GOLDEN") != nullptr;
    const auto paths = configurations();
    ASSERT_FALSE(paths.empty());
    for (const std::filesystem::path& path : paths) {
        const std::filesystem::path kept = std::filesystem::path(path).replace_extension(".txt");
        const std::string outcome = outcome_of(path);
        if (update) std::ofstream(kept) << outcome;
        EXPECT_EQ(outcome, text_of(kept)) << path;
    }
}

}   // namespace
}   // namespace gatehouse::nginx
