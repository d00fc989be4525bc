#include "model/map_block.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

struct Answer {
    std::string value;
    bool by_regex = false;
};

Answer find(const MapBlock& map, std::string_view value) {
    Captures captures;
    const MapBlock::RegexEntry* matched = nullptr;
    const auto& found = map.find(value, captures, matched);
    return {std::string(found.constant()), matched != nullptr};
}

MapBlock hosts() {
    MapBlock map;
    map.hostnames = true;
    map.exact.emplace("example.com", Template("exact"));
    map.exact.emplace("", Template("empty"));
    map.leading.emplace("example.com", Template("*.example.com"));
    map.leading.emplace("deep.example.com", Template("*.deep.example.com"));
    map.trailing.emplace("mail", Template("mail.*"));
    map.trailing.emplace("mail.example", Template("mail.example.*"));
    map.regexes.push_back({*Regex::compile("^w+\\.", false), Template("first regex")});
    map.regexes.push_back({*Regex::compile("^www", true), Template("second regex")});
    map.fallback = Template("default");
    return map;
}

TEST(map_block, finds_in_the_order_of_nginx) {
    const auto map = hosts();
    const std::tuple<const char*, const char*, bool> table[] = {
        {"example.com", "exact", false},
        {"EXAMPLE.com", "exact", false},
        {"example.com.", "exact", false},
        {"", "empty", false},
        {".", "empty", false},
        {"www.example.com", "*.example.com", false},
        {"a.b.example.com", "*.example.com", false},
        {"deep.example.com", "*.example.com", false},
        {"x.deep.example.com", "*.deep.example.com", false},
        {"mail.example.com", "*.example.com", false},
        {"mail.example.org", "mail.example.*", false},
        {"mail.org", "mail.*", false},
        {"Mail.ORG", "mail.*", false},
        {"mail", "default", false},
        {"notexample.com", "default", false},
        {"www.org", "first regex", true},
        {"WWWX", "second regex", true},
        {"other", "default", false},
    };
    for (const auto& [value, expected, by_regex] : table) {
        const auto answer = find(map, value);
        EXPECT_EQ(answer.value, expected) << value;
        EXPECT_EQ(answer.by_regex, by_regex) << value;
    }
}

TEST(map_block, a_regex_gives_its_captures) {
    MapBlock map;
    map.regexes.push_back({*Regex::compile("^/(\\w+)/", false), Template("section")});
    Captures captures;
    const MapBlock::RegexEntry* matched = nullptr;
    EXPECT_EQ(map.find("/news/today", captures, matched).constant(), "section");
    ASSERT_NE(matched, nullptr);
    EXPECT_EQ(captures.at(1), "news");
}

TEST(map_block, an_empty_value_is_only_looked_up_exactly) {
    MapBlock map;
    map.regexes.push_back({*Regex::compile("^$", false), Template("regex")});
    map.fallback = Template("default");
    EXPECT_EQ(find(map, "").value, "default");
}

TEST(map_block, without_hostnames_a_final_dot_counts) {
    MapBlock map;
    map.exact.emplace("a.", Template("with dot"));
    map.exact.emplace("a", Template("without"));
    EXPECT_EQ(find(map, "a.").value, "with dot");
}

TEST(map_block, a_regex_that_gives_up_means_default) {
    MapBlock map;
    map.regexes.push_back({*Regex::compile("^(?:a|aa)+(?:b|c)(?=x)", false), Template("regex")});
    map.regexes.push_back({*Regex::compile("a", false), Template("later")});
    map.fallback = Template("default");
    EXPECT_EQ(find(map, std::string(200, 'a') + "b").value, "default");
}

}   // namespace
}   // namespace gatehouse::model
