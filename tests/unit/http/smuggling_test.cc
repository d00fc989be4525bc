// Each way known to make two HTTP implementations disagree about where a message ends, and its refusal (RFC
// 9112 11.2).
#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "http/framing.h"
#include "http/host.h"
#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

using test::decode;
using test::parsed_request;
using test::parsed_response;

// "400 rule" for a request with these field lines, or how it is framed.
std::string framing_of(const std::string& lines, const std::string& version = "1.1") {
    const auto parsed = parsed_request("POST / HTTP/" + version + "\r\nHost: a\r\n" + lines + "\r\n\r\n");
    if (parsed->progress.state != Progress::State::done) {
        return std::to_string(parsed->progress.error.status) + " " + parsed->progress.error.rule;
    }
    const auto framing = request_framing(parsed->head);
    if (!framing) return std::to_string(framing.error().status) + " " + framing.error().rule;
    switch (framing->kind) {
        case BodyKind::none: return "none";
        case BodyKind::length: return "length " + std::to_string(framing->length);
        case BodyKind::chunked: return "chunked";
        case BodyKind::until_close: return "until close";
    }
    return {};
}
const std::string chunked_line = "Transfer-Encoding: chunked";

TEST(smuggling, accepts_what_is_plain) {
    EXPECT_EQ(framing_of("Content-Length: 5"), "length 5");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked"), "chunked");
    EXPECT_EQ(framing_of("transfer-encoding:CHUNKED"), "chunked");
    EXPECT_EQ(framing_of("X: y"), "none");
}

TEST(smuggling, refuses_content_length_beside_transfer_encoding) {
    EXPECT_EQ(framing_of("Content-Length: 5\r\n" + chunked_line),
              "400 Content-Length beside Transfer-Encoding");
}
TEST(smuggling, refuses_transfer_encoding_beside_content_length) {
    EXPECT_EQ(framing_of(chunked_line + "\r\nContent-Length: 5"),
              "400 Content-Length beside Transfer-Encoding");
}
TEST(smuggling, refuses_content_length_beside_an_unknown_transfer_encoding) {
    EXPECT_EQ(framing_of("Transfer-Encoding: x\r\nContent-Length: 5"),
              "400 Content-Length beside Transfer-Encoding");
}
TEST(smuggling, refuses_differing_content_lengths) {
    EXPECT_EQ(framing_of("Content-Length: 5\r\nContent-Length: 6"), "400 more than one Content-Length");
}
TEST(smuggling, refuses_equal_content_lengths) {
    EXPECT_EQ(framing_of("Content-Length: 5\r\nContent-Length: 5"), "400 more than one Content-Length");
}
TEST(smuggling, refuses_a_list_of_content_lengths) {
    EXPECT_EQ(framing_of("Content-Length: 5, 5"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: 5,"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_an_empty_content_length) {
    EXPECT_EQ(framing_of("Content-Length:"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length:   "), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_signed_content_length) {
    EXPECT_EQ(framing_of("Content-Length: +5"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: -5"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_hexadecimal_content_length) {
    EXPECT_EQ(framing_of("Content-Length: 0x5"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: a"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_content_length_with_spaces_inside) {
    EXPECT_EQ(framing_of("Content-Length: 1 2"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_content_length_with_other_white_space) {
    EXPECT_EQ(framing_of("Content-Length: \v5"), "400 control character in a field value");
    EXPECT_EQ(framing_of("Content-Length: 5\f"), "400 control character in a field value");
    EXPECT_EQ(framing_of("Content-Length: \xa0"
                         "5"),
              "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_fractional_content_length) {
    EXPECT_EQ(framing_of("Content-Length: 5.0"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: 5e1"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: 1_0"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_quoted_content_length) {
    EXPECT_EQ(framing_of("Content-Length: \"5\""), "400 malformed Content-Length");
}
TEST(smuggling, refuses_a_content_length_that_overflows) {
    EXPECT_EQ(framing_of("Content-Length: 9223372036854775807"), "length 9223372036854775807");
    EXPECT_EQ(framing_of("Content-Length: 9223372036854775808"), "400 malformed Content-Length");
    EXPECT_EQ(framing_of("Content-Length: 18446744073709551621"), "400 malformed Content-Length");
}
TEST(smuggling, refuses_transfer_encoding_in_http_1_0) {
    EXPECT_EQ(framing_of(chunked_line, "1.0"), "400 Transfer-Encoding in an HTTP/1.0 request");
}
TEST(smuggling, refuses_two_transfer_encodings) {
    EXPECT_EQ(framing_of(chunked_line + "\r\n" + chunked_line), "400 more than one Transfer-Encoding");
    EXPECT_EQ(framing_of(chunked_line + "\r\nTransfer-Encoding: identity"),
              "400 more than one Transfer-Encoding");
}
TEST(smuggling, refuses_chunked_twice_in_a_list) {
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked, chunked"), "400 Transfer-Encoding is not just chunked");
}
TEST(smuggling, refuses_identity_before_chunked) {
    EXPECT_EQ(framing_of("Transfer-Encoding: identity, chunked"),
              "400 Transfer-Encoding is not just chunked");
}
TEST(smuggling, refuses_an_empty_element_beside_chunked) {
    EXPECT_EQ(framing_of("Transfer-Encoding: , chunked"), "400 Transfer-Encoding is not just chunked");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked,"), "400 Transfer-Encoding is not just chunked");
}
TEST(smuggling, refuses_what_only_contains_chunked) {
    EXPECT_EQ(framing_of("Transfer-Encoding: xchunked"), "400 Transfer-Encoding is not just chunked");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunkedx"), "400 Transfer-Encoding is not just chunked");
    EXPECT_EQ(framing_of("Transfer-Encoding: x chunked"), "400 malformed Transfer-Encoding");
}
TEST(smuggling, refuses_a_quoted_or_parametrised_chunked) {
    EXPECT_EQ(framing_of("Transfer-Encoding: \"chunked\""), "400 malformed Transfer-Encoding");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked;q=1"), "400 malformed Transfer-Encoding");
}
TEST(smuggling, refuses_control_characters_around_chunked) {
    EXPECT_EQ(framing_of("Transfer-Encoding: \vchunked"), "400 control character in a field value");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked\x7f"), "400 control character in a field value");
    EXPECT_EQ(framing_of(std::string("Transfer-Encoding: chunked\0", 27)),
              "400 control character in a field value");
}
TEST(smuggling, refuses_an_empty_transfer_encoding) {
    EXPECT_EQ(framing_of("Transfer-Encoding:"), "400 malformed Transfer-Encoding");
}
TEST(smuggling, answers_501_to_unknown_codings) {
    EXPECT_EQ(framing_of("Transfer-Encoding: gzip"), "501 unknown Transfer-Encoding");
    EXPECT_EQ(framing_of("Transfer-Encoding: gzip, chunked"), "501 unknown Transfer-Encoding");
    EXPECT_EQ(framing_of("Transfer-Encoding: identity"), "501 unknown Transfer-Encoding");
    EXPECT_EQ(framing_of("Transfer-Encoding: chunked, identity"), "501 unknown Transfer-Encoding");
}

TEST(smuggling, refuses_white_space_before_the_colon) {
    EXPECT_EQ(framing_of("Transfer-Encoding : chunked"),
              "400 white space or control character in a field name");
    EXPECT_EQ(framing_of("Content-Length\t: 5"), "400 white space or control character in a field name");
}
TEST(smuggling, refuses_white_space_before_the_name) {
    EXPECT_EQ(framing_of(" Transfer-Encoding: chunked"),
              "400 line folding (obs-fold) or white space before a field name");
}
TEST(smuggling, refuses_a_folded_line) {
    EXPECT_EQ(framing_of("Transfer-Encoding:\r\n chunked"),
              "400 line folding (obs-fold) or white space before a field name");
    EXPECT_EQ(framing_of("X: y\r\n\tContent-Length: 5"),
              "400 line folding (obs-fold) or white space before a field name");
}
TEST(smuggling, refuses_a_line_of_white_space_alone) {
    EXPECT_EQ(framing_of("X: y\r\n \r\nContent-Length: 5"),
              "400 line folding (obs-fold) or white space before a field name");
}
TEST(smuggling, refuses_control_characters_in_a_name) {
    EXPECT_EQ(framing_of(std::string("Content-Length\0: 5", 18)),
              "400 white space or control character in a field name");
    EXPECT_EQ(framing_of("\x0b"
                         "Content-Length: 5"),
              "400 white space or control character in a field name");
}
TEST(smuggling, refuses_a_bare_cr_inside_a_line) {
    EXPECT_EQ(framing_of("X: y\rContent-Length: 5"), "400 control character in a field value");
    EXPECT_EQ(framing_of("X: y\r\r"), "400 control character in a field value");
}
TEST(smuggling, refuses_a_bare_cr_as_an_empty_line) {
    EXPECT_EQ(framing_of("X: y\r\n\r\rContent-Length: 5"),
              "400 white space or control character in a field name");
}
TEST(smuggling, does_not_take_lookalike_names_for_framing) {
    const auto parsed = parsed_request("GET / HTTP/1.1\r\nContent_Length: 5\r\n\r\n");
    EXPECT_EQ(request_framing(parsed->head)->kind, BodyKind::none);
    EXPECT_EQ(parsed->head.fields.begin()->form, NameForm::underscore);   // dropped unless asked for
}

TEST(smuggling, refuses_a_chunk_ended_by_a_bare_lf) {
    EXPECT_EQ(decode("5\nhello\r\n0\r\n\r\n"), "400 chunk size is not hexadecimal, or not ended by CRLF");
    EXPECT_EQ(decode("5\r\nhello\n0\r\n\r\n"), "400 chunk longer than its size, or not ended by CRLF");
    EXPECT_EQ(decode("5;x\nhello\r\n0\r\n\r\n"), "400 control character or bare LF in a chunk extension");
}
TEST(smuggling, refuses_a_bare_lf_at_the_end_of_a_chunked_body) {
    EXPECT_EQ(decode("0\r\n\n"), "400 bare LF in trailers");
    EXPECT_EQ(decode("0\r\nA: b\n\r\n"), "400 bare LF in trailers");
}
TEST(smuggling, refuses_a_bare_cr_in_chunk_framing) {
    EXPECT_EQ(decode("5\rXhello\r\n"), "400 CR without LF after a chunk size");
    EXPECT_EQ(decode("5\r\nhello\rX"), "400 CR without LF after a chunk");
    EXPECT_EQ(decode("5;a\rX"), "400 CR without LF after a chunk size");
}
TEST(smuggling, refuses_chunk_sizes_that_are_not_plain_hexadecimal) {
    for (const auto* body : {"0x5\r\nhello\r\n", "+5\r\nhello\r\n", "-5\r\nhello\r\n", " 5\r\nhello\r\n",
                             "\r\nhello\r\n", "g\r\n", ";x\r\nhello\r\n", "5_0\r\n", "5.\r\n"}) {
        EXPECT_EQ(decode(body).substr(0, 30), "400 chunk size is not hexadeci") << body;
    }
    EXPECT_EQ(decode("5 \r\nhello\r\n"), "400 white space after a chunk size");
    EXPECT_EQ(decode("5 5\r\nhello\r\n"), "400 white space after a chunk size");
}
TEST(smuggling, refuses_a_chunk_size_that_overflows) {
    EXPECT_EQ(decode("fffffffffffffffff\r\n"), "400 chunk size too large");
    EXPECT_EQ(decode("10000000000000005\r\nhello\r\n"), "400 chunk size too large");
    EXPECT_EQ(decode("0000000000000000000005\r\nhello\r\n"), "400 chunk size too large");
}
TEST(smuggling, refuses_a_chunk_longer_than_its_size) {
    EXPECT_EQ(decode("4\r\nSEE-THIS\r\n0\r\n\r\n"), "400 chunk longer than its size, or not ended by CRLF");
}
TEST(smuggling, keeps_framing_out_of_trailers) {
    EXPECT_EQ(decode("0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: x\r\nX-Sum: 1\r\n\r\n"),
              "|X-Sum=1| after 71");
}

TEST(smuggling, refuses_a_second_host) {
    const auto parsed = parsed_request("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
    Arena arena;
    const auto host = request_host(parsed->head, {}, arena);
    ASSERT_FALSE(host);
    EXPECT_STREQ(host.error().rule, "more than one Host");
}

// "502 rule" for a response with these field lines.
std::string response_refusal(const std::string& lines) {
    const auto parsed = parsed_response("HTTP/1.1 200 OK\r\n" + lines + "\r\n\r\n");
    const auto framing = response_framing(parsed->head, Method::get);
    if (framing) return "accepted";
    return std::to_string(framing.error().status) + " " + framing.error().rule;
}

TEST(smuggling, refuses_a_response_with_content_length_beside_transfer_encoding) {
    EXPECT_EQ(response_refusal("Content-Length: 0\r\nTransfer-Encoding: chunked"),
              "502 Content-Length beside Transfer-Encoding");
    EXPECT_EQ(response_refusal("Transfer-Encoding: chunked\r\nContent-Length: 0"),
              "502 Content-Length beside Transfer-Encoding");
}
TEST(smuggling, refuses_a_response_with_two_content_lengths) {
    EXPECT_EQ(response_refusal("Content-Length: 0\r\nContent-Length: 0"), "502 more than one Content-Length");
}
TEST(smuggling, refuses_a_response_with_a_malformed_content_length) {
    EXPECT_EQ(response_refusal("Content-Length: foo"), "502 malformed Content-Length");
}
TEST(smuggling, refuses_a_response_with_two_transfer_encodings) {
    EXPECT_EQ(response_refusal(chunked_line + "\r\n" + chunked_line), "502 more than one Transfer-Encoding");
}
TEST(smuggling, refuses_a_response_with_an_unknown_transfer_encoding) {
    EXPECT_EQ(response_refusal("Transfer-Encoding: foo"), "502 unknown Transfer-Encoding");
}
TEST(smuggling, does_not_reuse_a_connection_after_a_204_with_content) {
    const auto parsed = parsed_response("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n");
    const auto framing = response_framing(parsed->head, Method::get);
    ASSERT_TRUE(framing);
    EXPECT_EQ(framing->kind, BodyKind::none);
    EXPECT_FALSE(framing->reusable);
}

}   // namespace
}   // namespace gatehouse::http
