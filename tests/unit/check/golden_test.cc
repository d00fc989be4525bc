// Files → what a check says of them: each folder golden/NAME has the files, and in `files` their names as the
// command line would have them; what is said is in golden/NAME.txt. Run with GATEHOUSE_UPDATE_GOLDEN=1 to
// write the .txt files anew, and read the difference.

#include "check/check.h"
#include "check/json.h"
#include "check/show.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace gatehouse::check {
namespace {

const std::filesystem::path folder = std::filesystem::path(GATEHOUSE_SOURCE_DIR) / "tests/unit/check/golden";
constexpr std::int64_t some_day = 1'750'000'000;

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

Outcome outcome_of(const std::filesystem::path& directory) {
    nginx::MemoryFiles files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file())
            files.add(std::filesystem::relative(entry.path(), directory).string(), text_of(entry.path()));
    }
    Inputs inputs{.project_name = "shop", .now = some_day};
    std::istringstream names(text_of(directory / "files"));
    for (std::string name; names >> name;) inputs.paths.push_back(name);
    return run_check(inputs, files);
}

std::vector<std::filesystem::path> cases() {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_directory()) found.push_back(entry.path());
    }
    std::ranges::sort(found);
    return found;
}

TEST(golden, every_set_of_files_is_told_what_is_kept_beside_it) {
    const bool update = std::getenv("GATEHOUSE_UPDATE_GOLDEN") != nullptr;
    ASSERT_FALSE(cases().empty());
    for (const auto& directory : cases()) {
        const std::filesystem::path kept = directory.string() + ".txt";
        const std::string shown = show(outcome_of(directory), {.notices = true});
        if (update) std::ofstream(kept) << shown;
        EXPECT_EQ(shown, text_of(kept)) << directory;
    }
}

TEST(json, says_what_is_shown_to_people) {
    for (const auto& directory : cases()) {
        const Outcome outcome = outcome_of(directory);
        const auto json = nlohmann::json::parse(to_json(outcome));
        EXPECT_EQ(json.at("version"), 1);
        EXPECT_EQ(json.at("files").size(), outcome.files.size());
        EXPECT_EQ(json.at("findings").size(), outcome.findings.items().size()) << directory;
        EXPECT_EQ(json.at("errors"), outcome.findings.count(Severity::error)) << directory;
        for (const auto& finding : json.at("findings")) {
            EXPECT_FALSE(finding.at("code").get<std::string>().empty()) << finding;
            EXPECT_FALSE(finding.at("message").get<std::string>().empty()) << finding;
        }
        EXPECT_EQ(json.at("services").size(), outcome.containers.size());
        EXPECT_EQ(json.at("routes").size(), outcome.routes.size());
    }
}

}   // namespace
}   // namespace gatehouse::check
