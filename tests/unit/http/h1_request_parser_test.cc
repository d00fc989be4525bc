#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

using test::parse_at;
using test::parse_request;
using test::parsed_request;

std::string with_target(std::string target) {
    return parse_request("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
}
std::string with_field(std::string line) { return parse_request("GET / HTTP/1.1\r\n" + line + "\r\n\r\n"); }

TEST(h1_request_parser, reads_a_request_head_and_leaves_the_rest) {
    EXPECT_EQ(parse_request("GET /a?b HTTP/1.1\r\nHost: x.y\r\nX-A:  b c \t\r\n\r\nbody"),
              "GET /a?b HTTP/1.1|Host=x.y|X-A=b c| after 45");
}

TEST(h1_request_parser, keeps_the_request_line_as_sent) {
    const auto parsed = parsed_request("POST /x HTTP/1.0\r\n\r\n");
    EXPECT_EQ(parsed->head.line, "POST /x HTTP/1.0");
    EXPECT_EQ(parsed->head.method, Method::post);
    EXPECT_EQ(parsed->head.version, Version::http_1_0);
}

TEST(h1_request_parser, recognises_fields_in_any_case) {
    const auto parsed =
        parsed_request("GET / HTTP/1.1\r\nhOST: a\r\nCONTENT-LENGTH: 5\r\nx-other: 1\r\n\r\n");
    ASSERT_EQ(parsed->head.fields.size(), 3U);
    EXPECT_EQ(parsed->head.fields.begin()[0].id, FieldId::host);
    EXPECT_EQ(parsed->head.fields.begin()[1].id, FieldId::content_length);
    EXPECT_EQ(parsed->head.fields.begin()[2].id, FieldId::other);
}

TEST(h1_request_parser, waits_for_the_empty_line) {
    EXPECT_EQ(parse_request(""), "need more");
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nHost: a\r\n"), "need more");
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nHost: a\r\n\r"), "need more");
}

TEST(h1_request_parser, accepts_a_bare_lf_as_line_end) {
    EXPECT_EQ(parse_request("GET / HTTP/1.0\nHost: a\n\n"), "GET / HTTP/1.0|Host=a| after 24");
    EXPECT_EQ(parse_request("GET / HTTP/1.0\r\nHost: a\n\r\n"), "GET / HTTP/1.0|Host=a| after 26");
}

TEST(h1_request_parser, skips_two_empty_lines_before_the_request) {
    EXPECT_EQ(parse_request("\r\n\nGET / HTTP/1.0\r\n\r\n"), "GET / HTTP/1.0| after 21");
    EXPECT_EQ(parse_request("\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\n"),
              "400 too many empty lines before a request");
}

TEST(h1_request_parser, treats_a_higher_minor_version_as_1_1) {
    EXPECT_EQ(parse_request("GET / HTTP/1.7\r\n\r\n"), "GET / HTTP/1.1| after 18");
}

TEST(h1_request_parser, refuses_other_major_versions_with_505) {
    EXPECT_EQ(parse_request("PRI * HTTP/2.0\r\n\r\n"), "505 HTTP version not supported");
    EXPECT_EQ(parse_request("GET / HTTP/0.9\r\n\r\n"), "505 HTTP version not supported");
}

TEST(h1_request_parser, refuses_http_0_9) {
    EXPECT_EQ(parse_request("GET /\r\n"), "400 request line without a version (HTTP/0.9)");
}

TEST(h1_request_parser, refuses_malformed_versions) {
    for (const std::string version :
         {"HTTP/1", "HTTP/1.", "HTTP/11.1", "HTTP/1.10", "http/1.1", "HTTP/1.x", "HTTP/+1.1", "HTTP /1.1",
          "HTTP/1.1 ", " HTTP/1.1", "HTTP/1.1\r", "ICY/1.1", ""}) {
        EXPECT_EQ(parse_request("GET / " + version + "\r\n\r\n"),
                  "400 malformed version or space in a request target")
            << version;
    }
}

TEST(h1_request_parser, refuses_methods_that_are_no_tokens) {
    EXPECT_EQ(parse_request("G@T / HTTP/1.1\r\n\r\n"), "400 malformed method");
    EXPECT_EQ(parse_request("GE\tT / HTTP/1.1\r\n\r\n"), "400 malformed method");
    EXPECT_EQ(parse_request(" / HTTP/1.1\r\n\r\n"), "400 malformed method");
    EXPECT_EQ(parse_request("GET\r\n\r\n"), "400 request line without a target");
}

TEST(h1_request_parser, refuses_a_tls_hello_at_its_first_byte) {
    EXPECT_EQ(parse_request("\x16"), "400 malformed method");
}

TEST(h1_request_parser, passes_unknown_methods_on) {
    const auto parsed = parsed_request("M-SEARCH * HTTP/1.1\r\n\r\n");
    EXPECT_EQ(parsed->head.method, Method::other);
    EXPECT_EQ(parsed->head.method_text, "M-SEARCH");
}

TEST(h1_request_parser, refuses_spaces_and_controls_in_the_target) {
    EXPECT_EQ(with_target("/ /"), "400 malformed version or space in a request target");
    EXPECT_EQ(with_target("/\x02"), "400 control character in a request target");
    EXPECT_EQ(with_target("/\t"), "400 control character in a request target");
    EXPECT_EQ(with_target("/\x7f"), "400 control character in a request target");
    EXPECT_EQ(with_target(std::string("/\0", 2)), "400 control character in a request target");
    EXPECT_EQ(with_target("/a\rb"), "400 control character in a request target");
    EXPECT_EQ(with_target(""), "400 empty request target");
}

TEST(h1_request_parser, lets_high_bytes_in_the_target_pass) {
    EXPECT_EQ(with_target("/\xc3\xa9"), "GET /\xc3\xa9 HTTP/1.1|Host=a| after 29");
}

TEST(h1_request_parser, grades_field_names) {
    const auto parsed =
        parsed_request("GET / HTTP/1.0\r\nA-1: x\r\nx_y: x\r\nx.y_z: x\r\nx(y): x\r\n\xc3: x\r\n\r\n");
    ASSERT_EQ(parsed->head.fields.size(), 5U);
    const auto* field = parsed->head.fields.begin();
    EXPECT_EQ(field[0].form, NameForm::plain);
    EXPECT_EQ(field[1].form, NameForm::underscore);
    EXPECT_EQ(field[2].form, NameForm::token);
    EXPECT_EQ(field[3].form, NameForm::strange);
    EXPECT_EQ(field[4].form, NameForm::strange);
}

TEST(h1_request_parser, refuses_lines_that_are_no_fields) {
    EXPECT_EQ(with_field("foo"), "400 field line without a colon");
    EXPECT_EQ(with_field(": foo"), "400 empty field name");
    EXPECT_EQ(with_field("foo\x02: bar"), "400 white space or control character in a field name");
    EXPECT_EQ(with_field(std::string("fo\0o: bar", 9)),
              "400 white space or control character in a field name");
    EXPECT_EQ(with_field("foo bar: baz"), "400 white space or control character in a field name");
}

TEST(h1_request_parser, refuses_control_characters_in_values) {
    for (int c = 0; c < 0x20; ++c) {
        if (c == '\t' || c == '\n') continue;
        const std::string line = std::string("Foo: a") + static_cast<char>(c) + "b";
        EXPECT_EQ(with_field(line), "400 control character in a field value") << c;
    }
    EXPECT_EQ(with_field("Foo: some longer text with \x7f in it"), "400 control character in a field value");
    EXPECT_EQ(with_field("Foo: a\tb"), "GET / HTTP/1.1|Foo=a\tb| after 28");
}

TEST(h1_request_parser, keeps_empty_values) {
    EXPECT_EQ(with_field("Foo: \t "), "GET / HTTP/1.1|Foo=| after 27");
}

TEST(h1_request_parser, answers_414_to_a_long_request_line) {
    HeadLimits limits;
    limits.start_line_bytes = 20;
    EXPECT_EQ(parse_request("GET /234567 HTTP/1.1\r\n\r\n", limits), "GET /234567 HTTP/1.1| after 24");
    EXPECT_EQ(parse_request("GET /2345678 HTTP/1.1\r\n\r\n", limits), "414 request line too long");
    EXPECT_EQ(parse_request("GET /23456789012345678", limits), "414 request line too long");
}

TEST(h1_request_parser, answers_431_to_long_fields) {
    HeadLimits limits;
    limits.field_bytes = 10;
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nA: 4567890\r\n\r\n", limits),
              "GET / HTTP/1.1|A=4567890| after 30");
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nA: 45678901\r\n\r\n", limits), "431 field line too long");
}

TEST(h1_request_parser, answers_431_to_a_long_head) {
    HeadLimits limits;
    limits.head_bytes = 32;
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n\r\n", limits),
              "GET / HTTP/1.1|A=1|B=2| after 30");
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 34\r\n\r\n", limits), "431 head too long");
}

TEST(h1_request_parser, answers_431_to_many_fields) {
    HeadLimits limits;
    limits.field_count = 2;
    EXPECT_EQ(parse_request("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), "431 too many fields");
}

TEST(h1_request_parser, says_the_same_however_the_input_is_cut) {
    const std::string inputs[] = {
        "GET /a?b HTTP/1.1\r\nHost: x.y\r\nX-A:  b c \t\r\n\r\nGET /next",
        "\r\n\r\nGET / HTTP/1.0\nA:\n\n",
        "GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n",
        "\x16\x03\x01\x02",
        "GET / HTTP/1.1\r\nlong: 1234567890123456789012345678901234567890\r\n\r\n",
        "GET /1234567890123456789012345678901234567890 HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\n\r\n",
    };
    const HeadLimits limits{.start_line_bytes = 40, .field_bytes = 30, .head_bytes = 64, .field_count = 4};
    for (const auto& input : inputs) {
        const auto whole = parse_request(input, limits);
        const auto size = input.size();
        EXPECT_EQ((parse_at<RequestParser, RequestHead>(input, test::every_length(size), limits)), whole)
            << input;
        for (std::size_t cut = 0; cut <= size; ++cut) {
            EXPECT_EQ((parse_at<RequestParser, RequestHead>(input, {cut, size}, limits)), whole)
                << input << " @" << cut;
        }
    }
}

TEST(h1_request_parser, stays_refused) {
    RequestParser parser;
    Arena arena;
    RequestHead head;
    EXPECT_EQ(parser.parse("GET\r\n", arena, head).state, Progress::State::refused);
    EXPECT_EQ(parser.parse("GET / HTTP/1.1\r\n\r\n", arena, head).state, Progress::State::refused);
}

TEST(h1_request_parser, reads_the_next_message_after_reset) {
    RequestParser parser;
    std::string_view bytes = "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n";
    for (const std::string_view target : {"/1", "/2"}) {
        Arena arena;
        RequestHead head;
        EXPECT_TRUE(parser.idle());
        const auto progress = parser.parse(bytes, arena, head);
        ASSERT_EQ(progress.state, Progress::State::done);
        EXPECT_EQ(head.target, target);
        bytes.remove_prefix(progress.consumed);
        parser.reset();
    }
    EXPECT_TRUE(bytes.empty());
}

}   // namespace
}   // namespace gatehouse::http
