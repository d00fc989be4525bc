#include "http/date.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

namespace gatehouse::http {
namespace {

constexpr std::time_t example = 784'111'777;   // RFC 9110's own

std::string http_date(std::time_t time) {
    std::array<char, http_date_bytes> out{};
    return std::string(format_http_date(time, out));
}

TEST(date, writes_http_dates) {
    EXPECT_EQ(http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(http_date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(http_date(951'782'400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(http_date(4'294'967'296), "Sun, 07 Feb 2106 06:28:16 GMT");
}

TEST(date, clamps_times_beyond_four_digits_of_year) {
    EXPECT_EQ(http_date(std::numeric_limits<std::time_t>::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(http_date(std::numeric_limits<std::time_t>::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(date, writes_log_dates_in_a_zone) {
    std::array<char, log_date_bytes> log{};
    std::array<char, iso_date_bytes> iso{};
    std::array<char, error_date_bytes> error{};
    EXPECT_EQ(format_log_date(example, 0, log), "06/Nov/1994:08:49:37 +0000");
    EXPECT_EQ(format_log_date(example, 330, log), "06/Nov/1994:14:19:37 +0530");
    EXPECT_EQ(format_log_date(example, -570, log), "05/Nov/1994:23:19:37 -0930");
    EXPECT_EQ(format_iso_date(example, 120, iso), "1994-11-06T10:49:37+02:00");
    EXPECT_EQ(format_error_date(example, 60, error), "1994/11/06 09:49:37");
}

TEST(date, reads_all_three_formats) {
    EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT"), example);
    EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994"), example);
    EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994"), example + 10 * 86'400);
    EXPECT_EQ(parse_http_date("Tuesday, 19-Jan-38 03:14:07 GMT"), 0x7fffffff);
    EXPECT_EQ(parse_http_date("Fri, 25 Feb 2174 09:42:23 GMT"), 0x17fffffff);
}

TEST(date, refuses_everything_else) {
    for (const std::string_view text : {"",
                                        "x",
                                        "0",
                                        "Sun",
                                        "Sun,",
                                        "Sun, 06 Nov 1994",
                                        "Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Nov 1994 08:49:37 UTC",
                                        "Sun, 06 Nov 1994 08:49:37 GMT ",
                                        "Sun, 6 Nov 1994 08:49:37 GMT",
                                        "Sun, 31 Feb 1994 08:49:37 GMT",
                                        "Sun, 00 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Foo 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 24:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:60:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:61 GMT",
                                        "Xxx, 06 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 Nov -994 08:49:37 GMT",
                                        "Sun Nov 6 08:49:37 1994",
                                        "wrong"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

TEST(date, remembers_the_text_of_a_second) {
    DateCache cache;
    EXPECT_EQ(cache.http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    const auto* first = cache.http_date(example).data();
    EXPECT_EQ(cache.http_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(cache.http_date(example).data(), first);
    EXPECT_EQ(cache.http_date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

}   // namespace
}   // namespace gatehouse::http
