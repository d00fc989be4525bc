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
    EXPECT_EQ(buffer.view(), "HTTP/1.1 302 Moved Temporarily\r\nHTTP/1.0 418 \r\nHTTP/1.1 200 Fine\r\n");
}

TEST(h1_writer, never_lets_a_value_end_its_line) {
    Buffer buffer;
    HeadWriter writer(buffer);
    writer.field("Location", "/a\r\nSet-Cookie: x");
    writer.field("A\nB", std::string_view("c\0d\te", 5));
    writer.status_line(Version::http_1_1, 200, "O\r\nK");
    writer.request_line("GE\nT", "/\r\n", Version::http_1_1);
    EXPECT_EQ(buffer.view(),
              "Location: /a  Set-Cookie: x\r\nA B: c d\te\r\nHTTP/1.1 200 O  K\r\nGE T /   HTTP/1.1\r\n");
}

TEST(h1_writer, grows_the_buffer_as_needed) {
    Buffer buffer;
    HeadWriter writer(buffer);
    const std::string value(100'000, 'v');
    writer.field("A", value);
    EXPECT_EQ(buffer.view(), "A: " + value + "\r\n");
}

}   // namespace
}   // namespace gatehouse::http
