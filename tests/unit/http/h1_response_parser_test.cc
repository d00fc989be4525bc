#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

using test::parse_at;
using test::parse_response;

std::string with_status_line(const std::string& line) { return parse_response(line + "\r\n\r\n"); }
std::string with_field(const std::string& line) {
    return parse_response("HTTP/1.1 200 OK\r\n" + line + "\r\n\r\n");
}

TEST(h1_response_parser, reads_a_response_head_and_leaves_the_rest) {
    EXPECT_EQ(parse_response("HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nbody"),
              "HTTP/1.1 404 Not Found|Server=x| after 37");
}

TEST(h1_response_parser, accepts_a_status_line_without_a_reason) {
    EXPECT_EQ(with_status_line("HTTP/1.1 200 "), "HTTP/1.1 200 | after 17");
    EXPECT_EQ(with_status_line("HTTP/1.0 200"), "HTTP/1.0 200 | after 16");
}

TEST(h1_response_parser, refuses_malformed_status_lines) {
    for (const std::string line : {"HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 099 No", "HTTP/1.1  200 OK",
                                   "HTTP/1.1 20x OK", "HTTP/2.0 200 OK", "HTTP/1.1", "HTTQ/1.1 200 OK",
                                   "ICY 200 OK", "<html>", "HTTP/1.1 200 O\x01K", "HTTP/1.1 200OK"}) {
        EXPECT_EQ(with_status_line(line).substr(0, 4), "502 ") << line;
    }
}

TEST(h1_response_parser, joins_folded_lines_with_one_space) {
    EXPECT_EQ(with_field("A: one\r\n  two\r\n\tthree\r\nB: 1"),
              "HTTP/1.1 200 OK|A=one two three|B=1| after 48");
    EXPECT_EQ(with_field("A: one\n two"), "HTTP/1.1 200 OK|A=one two| after 32");
    EXPECT_EQ(with_field("A:\r\n one\r\n \r\nB: 2"), "HTTP/1.1 200 OK|A=one|B=2| after 38");
}

TEST(h1_response_parser, refuses_a_fold_before_the_first_field) {
    EXPECT_EQ(with_field(" A: one"), "502 white space before the first field name");
}

TEST(h1_response_parser, removes_white_space_before_the_colon) {
    EXPECT_EQ(with_field("Server \t: x"), "HTTP/1.1 200 OK|Server=x| after 32");
    EXPECT_EQ(with_field("Ser ver: x"), "502 white space or control character in a field name");
}

TEST(h1_response_parser, forgives_controls_in_values_but_not_nul_and_cr) {
    EXPECT_EQ(with_field("A: \x01\x02"), "HTTP/1.1 200 OK|A=\x01\x02| after 26");
    EXPECT_EQ(with_field(std::string("A: 1\0", 5)), "502 control character in a field value");
    EXPECT_EQ(with_field("A: 1\r2"), "502 control character in a field value");
}

TEST(h1_response_parser, answers_502_to_what_is_too_large) {
    HeadLimits limits;
    limits.head_bytes = 40;
    EXPECT_EQ(parse_response("HTTP/1.1 200 OK\r\nA: 1234567890123456789012345\r\n\r\n", limits),
              "502 head too long");
    limits = {};
    limits.field_count = 1;
    EXPECT_EQ(parse_response("HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n", limits), "502 too many fields");
}

TEST(h1_response_parser, says_the_same_however_the_input_is_cut) {
    const std::string inputs[] = {
        "HTTP/1.1 200 OK\r\nServer: x\r\nA: b\r\n\r\nbody",
        "HTTP/1.1 200 OK\r\nA: one\r\n two\r\n\tthree\r\nB: 1\r\n\r\n",
        "HTTP/1.0 302 Moved\nLocation:/x\n\n",
        "HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\nc d: e\r\n\r\n",
        "<html>old",
    };
    for (const auto& input : inputs) {
        const auto whole = parse_response(input);
        const auto size = input.size();
        EXPECT_EQ((parse_at<ResponseParser, ResponseHead>(input, test::every_length(size))), whole) << input;
        for (std::size_t cut = 0; cut <= size; ++cut) {
            EXPECT_EQ((parse_at<ResponseParser, ResponseHead>(input, {cut, size})), whole)
                << input << " @" << cut;
        }
    }
}

}   // namespace
}   // namespace gatehouse::http
