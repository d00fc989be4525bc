#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gatehouse {
namespace {

using namespace std::chrono_literals;

struct Number {
    std::string_view text;
    std::optional<std::uint64_t> value;
};

TEST(Text, ParsesDecimalDigitsOnly) {
    const Number table[] = {
        {"0", 0},
        {"007", 7},
        {"18446744073709551615", 18446744073709551615U},
        {"18446744073709551616", {}},
        {"99999999999999999999999", {}},
        {"", {}},
        {"-1", {}},
        {"+1", {}},
        {" 1", {}},
        {"1 ", {}},
        {"0x1", {}},
        {"1e3", {}},
    };
    for (const auto& [text, value] : table) EXPECT_EQ(parse_decimal(text), value) << text;
}

TEST(Text, ParsesSizesInNginxNotation) {
    const Number table[] = {
        {"0", 0},
        {"4096", 4096},
        {"8k", 8192},
        {"8K", 8192},
        {"1m", 1048576},
        {"2G", 2147483648U},
        {"17179869183g", 18446744072635809792U},
        {"17179869184g", {}},
        {"k", {}},
        {"", {}},
        {"1kk", {}},
        {"1 k", {}},
        {"1.5m", {}},
        {"-1", {}},
    };
    for (const auto& [text, value] : table) EXPECT_EQ(parse_size(text), value) << text;
}

TEST(Text, ParsesDurationsInNginxNotation) {
    const struct {
        std::string_view text;
        std::optional<std::chrono::milliseconds> value;
    } table[] = {
        {"0", 0ms},        {"30", 30s},
        {"30s", 30s},      {"500ms", 500ms},
        {"1h30m", 90min},  {"1h 30m", 90min},
        {"1m30", 90s},     {"1d", 24h},
        {"1w", 7 * 24h},   {"1M", 30 * 24h},
        {"1y", 365 * 24h}, {"1y1M1w1d1h1m1s1ms", (365 + 30 + 7 + 1) * 24h + 1h + 1min + 1s + 1ms},
        {"", {}},          {"s", {}},
        {"1x", {}},        {"30m1h", {}},
        {"1s1s", {}},      {"-1s", {}},
        {"1.5s", {}},      {"99999999999999999999s", {}},
        {"1001y", {}},
    };
    for (const auto& [text, value] : table) EXPECT_EQ(parse_duration(text), value) << text;
}

TEST(Text, ComparesWithoutCase) {
    EXPECT_TRUE(equals_ignoring_case("Content-LENGTH", "content-length"));
    EXPECT_FALSE(equals_ignoring_case("content-length", "content-lengt"));
    EXPECT_FALSE(equals_ignoring_case("@", "`")) << "only letters have two cases";
    EXPECT_FALSE(equals_ignoring_case("[", "{"));
    EXPECT_TRUE(starts_with_ignoring_case("Bearer x", "bearer "));
    EXPECT_FALSE(starts_with_ignoring_case("Bear", "bearer"));
    EXPECT_TRUE(contains_ignoring_case("a, CLOSE", "close"));
    EXPECT_TRUE(contains_ignoring_case("", ""));
    EXPECT_FALSE(contains_ignoring_case("clos", "close"));
    EXPECT_EQ(lower("ÀB-c"), "Àb-c") << "bytes outside ASCII stay";
    EXPECT_EQ(CaseInsensitiveHash()("Host"), CaseInsensitiveHash()("hOST"));
    EXPECT_NE(CaseInsensitiveHash()("Host"), CaseInsensitiveHash()("Hos"));
}

TEST(Text, TrimsSpacesAndTabsOnly) {
    EXPECT_EQ(trim(" \ta b\t "), "a b");
    EXPECT_EQ(trim("\r\n"), "\r\n");
    EXPECT_EQ(trim(" \t "), "");
    EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsKeepingEmptyParts) {
    using Parts = std::vector<std::string_view>;
    EXPECT_EQ(split("a,b", ','), (Parts{"a", "b"}));
    EXPECT_EQ(split(",a,,", ','), (Parts{"", "a", "", ""}));
    EXPECT_EQ(split("", ','), Parts{""});
}

TEST(Text, KnowsCharacterClasses) {
    EXPECT_EQ(hex_value('0'), 0);
    EXPECT_EQ(hex_value('f'), 15);
    EXPECT_EQ(hex_value('F'), 15);
    EXPECT_EQ(hex_value('g'), -1);
    EXPECT_EQ(hex_value('/'), -1);
    EXPECT_EQ(hex_value(':'), -1);
    EXPECT_TRUE(is_alpha('Z') && is_alpha('a') && !is_alpha('@') && !is_alpha('[') && !is_alpha('`'));
}

TEST(Text, MeasuresEditDistance) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("proxy_pass", "proxy_pas"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("ruel", "rule"), 1U) << "swapped";
    EXPECT_EQ(edit_distance("", "abc"), 3U);
}

RC_GTEST_PROP(Text, SplitAndJoinAreInverse, (const std::string& text)) {
    std::string joined;
    bool first = true;
    for (const auto part : split(text, ',')) {
        if (!std::exchange(first, false)) joined += ',';
        joined += part;
    }
    RC_ASSERT(joined == text);
}

RC_GTEST_PROP(Text, DecimalNumbersSurviveTheRoundTrip, (std::uint64_t value)) {
    RC_ASSERT(parse_decimal(std::to_string(value)) == value);
}

RC_GTEST_PROP(Text, EditDistanceIsAMetric, (const std::string& a, const std::string& b)) {
    const auto distance = edit_distance(a, b);
    RC_ASSERT(distance == edit_distance(b, a));
    RC_ASSERT((distance == 0) == (a == b));
    RC_ASSERT(distance <= std::max(a.size(), b.size()));
}

}   // namespace
}   // namespace gatehouse
