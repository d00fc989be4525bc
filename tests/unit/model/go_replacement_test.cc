// Expressions and replacements as Go reads them.

#include "model/go_replacement.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

std::string replaced(const std::string& pattern, const std::string& text, const std::string& by) {
    const auto regex = LinearRegex::compile(pattern).value();
    return GoReplacement(by, *regex).replace_all(*regex, text);
}

TEST(go_replacement, matches_anywhere_unless_anchored) {
    const auto regex = LinearRegex::compile("b+").value();
    EXPECT_TRUE(regex->matches("abc"));
    EXPECT_FALSE(regex->matches("ac"));
    EXPECT_EQ(find(*regex, "abbc"), "bb");
    EXPECT_EQ(find(*regex, "x"), std::nullopt);
    EXPECT_TRUE(LinearRegex::compile("(?i)^B$").value()->matches("b"));
}

TEST(go_replacement, says_what_is_wrong) {
    EXPECT_NE(LinearRegex::compile("a(").error().message.find("missing"), std::string::npos);
    EXPECT_FALSE(LinearRegex::compile("(?=look)")) << "Go has no lookahead either";
    EXPECT_FALSE(LinearRegex::compile("((a{1000}){1000}){1000}")) << "its program would be too large";
}

TEST(go_replacement, replaces_with_groups_by_number_and_name) {
    EXPECT_EQ(replaced("(a)(?P<two>b)", "xabyab", "[$two${1}]"), "x[ba]y[ba]");
    EXPECT_EQ(replaced("(a)", "a", "$1x"), "") << "the group is called 1x";
    EXPECT_EQ(replaced("(a)", "a", "${1}x"), "ax");
    EXPECT_EQ(replaced("(a)|(b)", "b", "<$1$2$3>"), "<b>");
}

TEST(go_replacement, takes_other_dollars_as_they_are) {
    EXPECT_EQ(replaced("a", "a", "$$"), "$");
    EXPECT_EQ(replaced("a", "a", "1$"), "1$");
    EXPECT_EQ(replaced("a", "a", "$-${"), "$-${");
}

TEST(go_replacement, replaces_empty_matches_between_characters) {
    EXPECT_EQ(replaced("x*", "abc", "-"), "-a-b-c-");
    EXPECT_EQ(replaced("x*", "axc", "-"), "-a-c-");
    EXPECT_EQ(replaced("", "\xc3\xa4", "-"), "-\xc3\xa4-");
    EXPECT_EQ(replaced("^", "ab", "-"), "-ab");
}

}   // namespace
}   // namespace gatehouse::model
