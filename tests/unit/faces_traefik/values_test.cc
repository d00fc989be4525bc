#include "faces/traefik/values.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gatehouse::traefik {
namespace {

using namespace std::chrono_literals;

TEST(traefik_values, flags_are_the_words_of_go) {
    for (const char* text : {"1", "t", "T", "TRUE", "true", "True"})
        EXPECT_EQ(parse_flag(text), true) << text;
    for (const char* text : {"0", "f", "F", "FALSE", "false", "False"})
        EXPECT_EQ(parse_flag(text), false) << text;
    for (const char* text : {"", "yes", "on", "tRUE", " true"})
        EXPECT_EQ(parse_flag(text), std::nullopt) << text;
}

TEST(traefik_values, a_bare_number_is_seconds_and_units_may_be_joined) {
    EXPECT_EQ(parse_go_duration("42"), 42s);
    EXPECT_EQ(parse_go_duration("-1"), -1s);
    EXPECT_EQ(parse_go_duration("0"), 0s);
    EXPECT_EQ(parse_go_duration("1m30s"), 90s);
    EXPECT_EQ(parse_go_duration("1.5h"), 90min);
    EXPECT_EQ(parse_go_duration(".5s"), 500ms);
    EXPECT_EQ(parse_go_duration("100ms"), 100ms);
    EXPECT_EQ(parse_go_duration("3us4ns"), 3004ns);
    EXPECT_EQ(parse_go_duration("5µs"), 5us);
    EXPECT_EQ(parse_go_duration("-1m"), -1min);
}

TEST(traefik_values, what_is_no_duration_is_refused) {
    for (const char* text : {"", "s", "1x", "1m30", "soon", "1 s", "--1s", ".s", "9223372036854775807",
                             "99999999999999999999s", "1.5"}) {
        EXPECT_EQ(parse_go_duration(text), std::nullopt) << text;
    }
}

TEST(traefik_values, numbers_may_have_a_sign_and_nothing_else) {
    EXPECT_EQ(parse_number("2147483647"), 2147483647);
    EXPECT_EQ(parse_number("+7"), 7);
    EXPECT_EQ(parse_number("-7"), -7);
    for (const char* text : {"", "+", "+-7", "0x10", "1_000", "1.0", " 1", "9223372036854775808"}) {
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
    }
}

RC_GTEST_PROP(traefik_values, a_duration_that_is_written_can_be_read, (std::int64_t count)) {
    const Duration duration(count == std::numeric_limits<std::int64_t>::min() ? 0 : count);
    RC_ASSERT(parse_go_duration(describe(duration)) == duration);
}

}   // namespace
}   // namespace gatehouse::traefik
