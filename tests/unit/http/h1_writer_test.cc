#include "http/h1_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace gatehouse::http {
namespace {

TEST(h1_writer, writes_a_request_head) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.request_line("GET", "/a?b", Version::http_1_1);
    writer.field(FieldId::host, "x.y");
    writer.field("X-Empty", "");
    writer.content_length(std::numeric_limits<std::uint64_t>::max());
    writer.end();
    EXPECT_EQ(buffer.view(),
              "GET /a?b HTTP/1.1\r\nHost: x.y\r\nX-Empty: \r\nContent-Length: 18446744073709551615\r\n\r\n");
}

TEST(h1_writer, writes_status_lines_with_nginxs_reasons) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.status_line(Version::http_1_1, 302);
    writer.status_line(Version::http_1_0, 418);
    writer.status_line(Version::http_1_1, 200, "Fine");
    writer.end();
    EXPECT_EQ(buffer.view(), "HTTP/1.1 302 Moved Temporarily\r\nHTTP/1.0 418 \r\nHTTP/1.1 200 Fine\r\n\r\n");
}

TEST(h1_writer, never_lets_a_value_end_its_line) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.field("Location", "/a\r\nSet-Cookie: x");
    writer.field("A\nB", std::string_view("c\0d\te", 5));
    writer.field(FieldId::location, "/\n");
    writer.status_line(Version::http_1_1, 200, "O\r\nK");
    writer.request_line("GE\nT", "/\r\n", Version::http_1_1);
    writer.end();
    EXPECT_EQ(buffer.view(),
              "Location: /a  Set-Cookie: x\r\nA B: c d\te\r\nLocation: / \r\nHTTP/1.1 200 O  K\r\n"
              "GE T /   HTTP/1.1\r\n\r\n");
}

// Values are looked at eight bytes at a time: an end of line must be found wherever it stands.
TEST(h1_writer, finds_a_line_end_at_every_place_of_a_value_of_every_length) {
    for (std::size_t length = 1; length <= 40; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            Buffer buffer;
            std::string value(length, '\x7e');
            value[at] = '\n';
            HeadWriter(buffer).field("A", value);
            value[at] = ' ';
            EXPECT_EQ(buffer.view(), "A: " + value + "\r\n") << length << " " << at;
        }
    }
}

TEST(h1_writer, grows_the_buffer_as_needed) {
    Buffer buffer;
    const std::string value(100'000, 'v');
    {
        HeadWriter writer(buffer);
        writer.field("B", "1");
        writer.field("A", value);
    }
    EXPECT_EQ(buffer.view(), "B: 1\r\nA: " + value + "\r\n")
        << "all is in the buffer once the writer is gone";
}

}   // namespace
}   // namespace gatehouse::http
