#include "http/range.h"

#include <gtest/gtest.h>

#include <string>

namespace gatehouse::http {
namespace {

// "0-8 990-999", "whole" or "416".
std::string selected(std::string_view value, std::uint64_t size = 1000,
                     std::optional<std::size_t> max_ranges = {}) {
    Arena arena;
    const auto selection = select_ranges(value, size, arena, max_ranges);
    if (selection.kind == RangeSelection::Kind::whole) return "whole";
    if (selection.kind == RangeSelection::Kind::unsatisfiable) return "416";
    std::string text;
    for (const auto& range : selection.ranges) {
        if (!text.empty()) text += " ";
        text += std::to_string(range.first) + "-" + std::to_string(range.end - 1);
    }
    return text;
}

TEST(range, selects_single_ranges) {
    EXPECT_EQ(selected("bytes=0-8"), "0-8");
    EXPECT_EQ(selected("bytes=-10"), "990-999");
    EXPECT_EQ(selected("bytes=990-"), "990-999");
    EXPECT_EQ(selected("bytes=990-1990"), "990-999");
    EXPECT_EQ(selected("bytes=999-999"), "999-999");
    EXPECT_EQ(selected("bytes=-5000"), "0-999");
    EXPECT_EQ(selected("Bytes=0-0"), "0-0");
    EXPECT_EQ(selected("bytes=0-9223372036854775807"), "0-999");
}

TEST(range, selects_several_in_the_order_asked_for) {
    EXPECT_EQ(selected("bytes=0-9, -10, 10-19"), "0-9 990-999 10-19");
    EXPECT_EQ(selected("bytes=0-9, -10, 100000-, 10-19"), "0-9 990-999 10-19");
}

TEST(range, answers_416_to_what_cannot_be_satisfied) {
    for (const auto* value : {"bytes=1000-", "bytes=100000-", "bytes=alpha", "bytes=10-alpha", "bytes=10",
                              "bytes=10-11 12-", "bytes=-", "bytes=-0", "bytes=--1", "bytes=1-2,", "bytes=,",
                              "bytes=5-4", "bytes=9223372036854775808-", "bytes=99999999999999999999-"}) {
        EXPECT_EQ(selected(value), "416") << value;
    }
}

TEST(range, ignores_other_units) {
    EXPECT_EQ(selected("lines=1-2"), "whole");
    EXPECT_EQ(selected("bytes 1-2"), "whole");
    EXPECT_EQ(selected("bytes="), "whole");
    EXPECT_EQ(selected(""), "whole");
}

TEST(range, gives_the_whole_of_an_empty_file) { EXPECT_EQ(selected("bytes=0-", 0), "whole"); }

TEST(range, gives_the_whole_when_more_is_asked_for_than_there_is) {
    EXPECT_EQ(selected("bytes=0-10001, 0-0"), "whole");
    EXPECT_EQ(selected("bytes=0-499,0-499"), "0-499 0-499");
    EXPECT_EQ(selected("bytes=0-499,0-500"), "whole");
}

TEST(range, gives_the_whole_when_the_parts_cost_more_than_they_save) {
    std::string value = "bytes=0-0";
    for (int i = 0; i < 100; ++i) value += ",0-0";
    EXPECT_EQ(selected(value), "whole");
    EXPECT_NE(selected(value, 1'000'000), "whole");
}

TEST(range, obeys_max_ranges) {
    EXPECT_EQ(selected("bytes=0-9", 1000, 0), "whole");
    EXPECT_EQ(selected("bytes=0-9, -10", 1000, 2), "0-9 990-999");
    EXPECT_EQ(selected("bytes=0-9, -10, 10000-", 1000, 2), "0-9 990-999");
    EXPECT_EQ(selected("bytes=0-9, -10, 10-19", 1000, 2), "whole");
}

TEST(range, writes_content_range) {
    Arena arena;
    EXPECT_EQ(content_range({0, 9}, 1000, arena), "bytes 0-8/1000");
    EXPECT_EQ(unsatisfied_content_range(1000, arena), "bytes */1000");
}

TEST(range, writes_multipart_around_the_pieces) {
    Arena arena;
    const ByteRange ranges[] = {{0, 2}, {4, 5}};
    const auto multipart = make_multipart(ranges, 5, "text/plain", 42, arena);
    EXPECT_EQ(multipart.content_type, "multipart/byteranges; boundary=00000000000000000042");
    std::string body;
    const std::string_view content = "abcde";
    for (std::size_t i = 0; i < 2; ++i) {
        body.append(multipart.part_heads[i]).append(content.substr(ranges[i].first, ranges[i].size()));
    }
    body.append(multipart.end);
    EXPECT_EQ(body,
              "\r\n--00000000000000000042\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/5\r\n\r\nab"
              "\r\n--00000000000000000042\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-4/5\r\n\r\ne"
              "\r\n--00000000000000000042--\r\n");
    EXPECT_EQ(body.size(), multipart.length);
}

TEST(range, leaves_out_an_unknown_content_type) {
    Arena arena;
    const ByteRange ranges[] = {{0, 1}};
    EXPECT_EQ(make_multipart(ranges, 1, "", 0, arena).part_heads[0],
              "\r\n--00000000000000000000\r\nContent-Range: bytes 0-0/1\r\n\r\n");
}

}   // namespace
}   // namespace gatehouse::http
