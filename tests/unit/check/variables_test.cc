#include "check/variables.h"

#include <gtest/gtest.h>

namespace gatehouse::check {
namespace {

Variables some() { return Variables({{"HOST", "shop.example"}, {"EMPTY", ""}}); }

TEST(variables, are_filled_in_as_compose_does) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"plain", "plain"},
        {"$HOST", "shop.example"},
        {"${HOST}", "shop.example"},
        {"a.${HOST}/b", "a.shop.example/b"},
        {"$$HOST", "$HOST"},
        {"${HOST:-other}", "shop.example"},
        {"${NONE:-other}", "other"},
        {"${NONE-other}", "other"},
        {"${EMPTY:-other}", "other"},
        {"${EMPTY-other}", ""},
        {"${NONE:-${HOST}}", "shop.example"},
        {"${NONE:-${ALSO:-deep}}", "deep"},
        {"${HOST:+there}", "there"},
        {"${NONE:+there}", ""},
        {"${HOST:?must}", "shop.example"},
        {"^(a|b)$$", "^(a|b)$"},
    };
    for (const auto& [text, expected] : table) {
        auto variables = some();
        const Filled filled = variables.fill(text);
        EXPECT_EQ(filled.text, expected) << text;
        EXPECT_TRUE(filled.unset.empty() && filled.required.empty() && filled.wrong.empty()) << text;
    }
}

TEST(variables, without_a_value_get_a_number_in_their_place_that_messages_give_back) {
    auto variables = some();
    variables.avoid("ports: 64001");
    const Filled first = variables.fill("Host(`${DOMAIN}`) at $PORT of ${DOMAIN}");
    EXPECT_EQ(first.unset, (std::vector<std::string>{"DOMAIN", "PORT", "DOMAIN"}));
    EXPECT_EQ(first.text.find("64001"), std::string::npos);
    EXPECT_TRUE(variables.has_stand_in(first.text));
    EXPECT_EQ(variables.restored(first.text), "Host(`${DOMAIN}`) at ${PORT} of ${DOMAIN}");
    EXPECT_EQ(variables.restored("port 64001"), "port 64001");
}

TEST(variables, that_must_have_a_value_are_told_with_the_reason) {
    auto variables = some();
    EXPECT_EQ(variables.fill("${NONE:?say where}").required, (std::vector<std::string>{"NONE: say where"}));
    EXPECT_EQ(variables.fill("${EMPTY:?}").required, (std::vector<std::string>{"EMPTY"}));
    EXPECT_TRUE(variables.fill("${EMPTY?}").required.empty());
}

TEST(variables, what_breaks_the_grammar_is_named) {
    for (const std::string_view text : {"${", "${HOST", "${1}", "${HOST!x}", "${NONE:x}"}) {
        auto variables = some();
        EXPECT_FALSE(variables.fill(text).wrong.empty()) << text;
    }
}

TEST(variables, a_dollar_that_begins_none_stays) {
    for (const std::string_view text : {"^(a|b)$", "$2", "a$`b", "$ x"}) {
        auto variables = some();
        const Filled filled = variables.fill(text);
        EXPECT_EQ(filled.text, text);
        EXPECT_TRUE(filled.has_lone_dollar && filled.wrong.empty()) << text;
    }
    EXPECT_FALSE(some().fill("$$ ${HOST} $HOST").has_lone_dollar);
}

TEST(variables, come_from_files_of_lines) {
    const auto values = read_env_file(
        "# a comment\nA=1\nexport B = two \nC=\"a # b\"\nD='x'\nE=word # comment\nnothing\nF=\nG=a=b\r\n");
    EXPECT_EQ(values.at("A"), "1");
    EXPECT_EQ(values.at("B"), "two");
    EXPECT_EQ(values.at("C"), "a # b");
    EXPECT_EQ(values.at("D"), "x");
    EXPECT_EQ(values.at("E"), "word");
    EXPECT_EQ(values.at("F"), "");
    EXPECT_EQ(values.at("G"), "a=b");
    EXPECT_EQ(values.size(), 7U);
}

}   // namespace
}   // namespace gatehouse::check
