#include "model/linear_regex.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace gatehouse::model {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
    const auto regex = LinearRegex::compile(pattern);
    if (!regex) ADD_FAILURE() << pattern << ": " << regex.error().message;
    return regex && (*regex)->matches(text);
}

TEST(linear_regex, matches_anywhere_unless_anchored) {
    EXPECT_TRUE(matches("b", "abc"));
    EXPECT_FALSE(matches("^b", "abc"));
    EXPECT_FALSE(matches("^a$", "a\n"));
    EXPECT_TRUE(matches("", ""));
}

TEST(linear_regex, takes_bytes_that_are_no_utf8_as_go_does) {
    EXPECT_TRUE(matches("^/.$", "/\xff"));
    EXPECT_TRUE(matches("^/.$", "/\xc3\xa9"));
    EXPECT_FALSE(matches("^/.$", "/\xc0\x80"));
    EXPECT_TRUE(matches("^/..$", "/\xc0\x80"));
    EXPECT_TRUE(matches("^.{3}$", "\xed\xa0\x80"));
    EXPECT_TRUE(matches("^\xc3\xa9$", "\xc3\xa9"));
}

TEST(linear_regex, knows_both_ways_to_name_a_group) {
    EXPECT_TRUE(matches("^(?P<a>x)(?<b>y)$", "xy"));
    EXPECT_TRUE(matches("^[(?<]+$", "(?<"));
    EXPECT_TRUE(matches("^[](?<]+$", "](?<"));
    EXPECT_TRUE(matches(R"(^\(\?<$)", "(?<"));
}

TEST(linear_regex, says_what_is_wrong_where) {
    const auto regex = LinearRegex::compile("ab(?=c)");
    ASSERT_FALSE(regex);
    EXPECT_EQ(regex.error().message, "invalid perl operator: (?=");
    EXPECT_EQ(regex.error().offset, 2U);
}

TEST(linear_regex, takes_time_linear_in_the_text) {
    EXPECT_FALSE(matches("(a+)+(a+)+(a+)+b", std::string(20'000, 'a')));
}

std::string required(std::string_view pattern) {
    const auto found = required_text_of(pattern);
    std::string out = found.prefix + ":";
    for (const auto& part : found.parts) out += " " + part;
    return found.ignores_case ? out + " (any case)" : out;
}

TEST(required_text, is_read_off_the_expression) {
    EXPECT_EQ(required("^/api/v[0-9]+/x"), "/api/v: /api/v /x");
    EXPECT_EQ(required(R"(^[a-z]+\.example\.com$)"), ": .example.com");
    EXPECT_EQ(required("ab?c"), ": a c");
    EXPECT_EQ(required("ab+c*d{2}e{x}"), ": ab e{x}");
    EXPECT_EQ(required("^(a|b)cd(?:e|f)?[]x]g"), ": cd g");
    EXPECT_EQ(required("(?i)^Foo-Bar$"), "foo-bar: foo-bar (any case)");
    EXPECT_EQ(required("(?i)ask"), ": a (any case)");
    EXPECT_EQ(required("a\xc3\xa9?b"), ": a b");
}

TEST(required_text, is_nothing_where_the_expression_does_not_say) {
    for (const auto* pattern : {"a|b", "^a|b", "(a(?i)b)c", R"(\Qa\E)", R"(a\x41)", "^?a|", "[a]", ""})
        EXPECT_EQ(required(pattern), ":") << pattern;
    EXPECT_EQ(required("^*a"), ": a");
}

// Expressions of all kinds over a small alphabet, so that texts match them now and then.
std::string some_pattern(int depth) {
    std::string out;
    const int count = *rc::gen::inRange(1, 5);
    for (int i = 0; i < count; ++i) {
        const int kind = *rc::gen::inRange(0, depth > 0 ? 9 : 7);
        switch (kind) {
            case 0: out += "."; break;
            case 1:
                out += *rc::gen::element<std::string>("[ab]", "[^a]", "[]a]", "[[:alpha:]b]", R"([\]a])");
                break;
            case 2: out += *rc::gen::element<std::string>(R"(\.)", R"(\w)", R"(\-)", R"(\b)"); break;
            case 7: out += "(" + some_pattern(depth - 1) + ")"; break;
            case 8: out += "(?:" + some_pattern(depth - 1) + "|" + some_pattern(depth - 1) + ")"; break;
            default: out += *rc::gen::element('a', 'b', '-', 'k');
        }
        out += *rc::gen::weightedElement<std::string>(
            {{8, ""}, {1, "?"}, {1, "*"}, {1, "+"}, {1, "{2}"}, {1, "{0,1}"}, {1, "+?"}, {1, "{"}});
    }
    return out;
}

RC_GTEST_PROP(required_text, is_in_every_text_that_matches, ()) {
    const std::string pattern = *rc::gen::element<std::string>("", "^", "^", "(?i)", "(?i)^", "^*") +
                                some_pattern(2) + *rc::gen::element<std::string>("", "$", "|a");
    const auto regex = LinearRegex::compile(pattern);
    RC_PRE(regex.has_value());
    const auto& required = (*regex)->required();
    for (int i = 0; i < 50; ++i) {
        const auto text =
            *rc::gen::container<std::string>(rc::gen::element('a', 'b', '.', '-', 'k', 'A', '{'));
        auto compared = text;
        if (required.ignores_case)
            std::ranges::transform(compared, compared.begin(), [](char c) { return c == 'A' ? 'a' : c; });
        if (!(*regex)->matches(text)) continue;
        RC_ASSERT(compared.starts_with(required.prefix));
        for (const auto& part : required.parts) RC_ASSERT(compared.find(part) != std::string::npos);
    }
}

}   // namespace
}   // namespace gatehouse::model
