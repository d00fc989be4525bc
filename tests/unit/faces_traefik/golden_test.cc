// Containers → configuration and verdicts: each golden/NAME.containers is read and compared with
// golden/NAME.txt. Run with GATEHOUSE_UPDATE_GOLDEN=1 to write the .txt files anew, and read the difference.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/container_text.h"

namespace gatehouse::traefik {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "tests/unit/faces_traefik/golden";

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

std::string shown(const ContainerVerdict& verdict) {
    std::string out = fmt::format("{}: {} ({}): {}\n", verdict.name, word_for(verdict.outcome),
                                  verdict.reason, verdict.sentence);
    if (!verdict.advice.empty()) out += fmt::format("    to change it: {}\n", verdict.advice);
    for (const std::string& router : verdict.routers) out += fmt::format("    {}\n", router);
    for (const Remark& remark : verdict.remarks.items()) {
        out += fmt::format("    {}: {}\n", word_for(remark.severity), remark.describe());
    }
    return out;
}

std::string outcome_of(const std::filesystem::path& path) {
    const ContainerText text = read_container_text(text_of(path));
    Remarks remarks;
    const ContainerReader reader(text.rules, remarks);
    const ContainerConfiguration result = read_containers(reader, text.containers);
    std::string out;
    for (const Remark& remark : remarks.items()) out += remark.describe() + "\n";
    for (const ContainerVerdict& verdict : result.verdicts) out += shown(verdict);
    out += traefik::shown("configuration", result.configuration);
    for (const auto& [name, router] : result.configuration.http.routers) {
        out += fmt::format("http router {} is from {}\n", name, router.source.origin.describe());
    }
    return out;
}

TEST(golden, every_set_of_containers_gives_the_configuration_and_verdicts_that_are_kept_beside_it) {
    const bool update = std::getenv("GATEHOUSE_UPDATE_GOLDEN") != nullptr;
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".containers") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    ASSERT_FALSE(paths.empty());
    for (const std::filesystem::path& path : paths) {
        const std::filesystem::path kept = std::filesystem::path(path).replace_extension(".txt");
        const std::string outcome = outcome_of(path);
        if (update) std::ofstream(kept) << outcome;
        EXPECT_EQ(outcome, text_of(kept)) << path;
    }
}

}   // namespace
}   // namespace gatehouse::traefik
