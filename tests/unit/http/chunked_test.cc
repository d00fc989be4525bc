#include "http/chunked.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

using test::decode;
using test::decode_at;

TEST(chunked, decodes_chunks_and_leaves_the_rest) {
    EXPECT_EQ(decode("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nGET"), "hello world| after 26");
    EXPECT_EQ(decode("0\r\n\r\n"), "| after 5");
    EXPECT_EQ(decode("A\r\n0123456789\r\n00\r\n\r\n"), "0123456789| after 21");
}

TEST(chunked, skips_extensions) {
    EXPECT_EQ(decode("5;a=b;c=\"d\"\r\nhello\r\n0;x\r\n\r\n"), "hello| after 27");
    EXPECT_EQ(decode("5 \t; a\r\nhello\r\n0\r\n\r\n"), "hello| after 20");
}

TEST(chunked, bounds_one_long_extension) {
    const std::string input = "5;" + std::string(100, 'x') + "\r\nhello\r\n0\r\n\r\n";
    EXPECT_EQ(decode(input, {.overhead_bytes = 200}), "hello| after 116");
    EXPECT_EQ(decode(input, {.overhead_bytes = 50}),
              "400 chunk lines and extensions out of proportion to the body");
}

TEST(chunked, bounds_extensions_in_sum) {
    std::string input;
    for (int i = 0; i < 100; ++i) input += "1;01234567890123456789\r\nx\r\n";
    EXPECT_EQ(decode(input + "0\r\n\r\n", {.overhead_bytes = 200}),
              "400 chunk lines and extensions out of proportion to the body");
}

TEST(chunked, never_tires_of_ordinary_chunks) {
    std::string input;
    for (int i = 0; i < 10'000; ++i) input += "1\r\nx\r\n";
    EXPECT_EQ(decode(input + "0\r\n\r\n", {.overhead_bytes = 32}),
              std::string(10'000, 'x') + "| after 60005");
}

TEST(chunked, hands_out_trailers_that_may_be_there) {
    EXPECT_EQ(decode("0\r\nX-Sum: abc\r\nSet-Cookie: a\r\nETag: \"x\"\r\n\r\n"),
              "|X-Sum=abc|ETag=\"x\"| after 43");
}

TEST(chunked, refuses_malformed_trailers) {
    EXPECT_EQ(decode("0\r\nX\r\n\r\n"), "400 field line without a colon");
    EXPECT_EQ(decode("0\r\n X: y\r\n\r\n"), "400 white space or control character in a field name");
    EXPECT_EQ(decode("0\r\nX: y\rz\r\n\r\n"), "400 control character in a field value");
}

TEST(chunked, bounds_trailers) {
    EXPECT_EQ(decode("0\r\nX: 0123456789\r\n\r\n", {.trailer_bytes = 10}), "431 trailers too long");
    EXPECT_EQ(decode("0\r\nA: 1\r\nB: 2\r\n\r\n", {.trailer_count = 1}), "431 too many trailers");
}

TEST(chunked, waits_for_more) {
    for (const auto* input : {"", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "0\r\n",
                              "0\r\n\r", "0\r\nA: b\r\n"}) {
        EXPECT_EQ(decode(input), "need more") << input;
    }
}

TEST(chunked, says_the_same_however_the_input_is_cut) {
    const std::string inputs[] = {
        "5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\nGET",
        "5\r\nhello\r\n0\r\nA: b\r\nX-Long: 0123456789\r\n\r\nrest",
        "5\r\nhello\r\n0\r\nA: b\r\nbad\r\n\r\n",
        "5\r\nhello\r\n0\r\nA: b\r\nX-Long: 01234567890123456789012345678901234567890123456789\r\n\r\n",
        "1\r\na\r\n2\r\nbcd\r\n",
        "5;0123456789012345678901234567890123456789\r\nhello\r\n",
    };
    const ChunkLimits limits{.overhead_bytes = 30, .trailer_bytes = 40, .trailer_count = 4};
    for (const auto& input : inputs) {
        const auto whole = decode(input, limits);
        EXPECT_EQ(decode_at(input, test::every_length(input.size()), limits), whole) << input;
        for (std::size_t cut = 0; cut <= input.size(); ++cut) {
            EXPECT_EQ(decode_at(input, {cut, input.size()}, limits), whole) << input << " @" << cut;
        }
    }
}

TEST(chunked, says_how_much_of_a_chunk_is_to_come) {
    ChunkedDecoder decoder;
    EXPECT_EQ(decoder.remaining_in_chunk(), 0U);
    EXPECT_EQ(decoder.step("1000\r\n").state, ChunkedDecoder::State::need_more);
    EXPECT_EQ(decoder.remaining_in_chunk(), 4096U);
    EXPECT_EQ(decoder.step("abc").payload, "abc");
    EXPECT_EQ(decoder.remaining_in_chunk(), 4093U);
}

TEST(chunked, writes_chunk_heads) {
    const auto head = [](std::uint64_t size) {
        std::array<char, chunk_head_bytes> out{};
        return std::string(out.data(), write_chunk_head(out, size));
    };
    EXPECT_EQ(head(0), "0\r\n");
    EXPECT_EQ(head(10), "a\r\n");
    EXPECT_EQ(head(4096), "1000\r\n");
    EXPECT_EQ(head(~std::uint64_t{0}), "ffffffffffffffff\r\n");
}

}   // namespace
}   // namespace gatehouse::http
