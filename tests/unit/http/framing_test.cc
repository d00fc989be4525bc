#include "http/framing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/http/feeding.h"

namespace gatehouse::http {
namespace {

using test::parsed_request;
using test::parsed_response;

TEST(framing, ends_responses_as_method_status_and_fields_say) {
    struct Case {
        const char* status_line;
        const char* fields;
        Method method;
        BodyKind kind;
        std::uint64_t length;
        bool reusable;
    };
    const Case cases[] = {
        {"200 OK", "Content-Length: 7\r\n", Method::get, BodyKind::length, 7, true},
        {"200 OK", "Content-Length: 0\r\n", Method::get, BodyKind::length, 0, true},
        {"200 OK", "Transfer-Encoding: chunked\r\n", Method::get, BodyKind::chunked, 0, true},
        {"200 OK", "", Method::get, BodyKind::until_close, 0, false},
        {"200 OK", "Content-Length: 7\r\n", Method::head, BodyKind::none, 0, true},
        {"200 OK", "Transfer-Encoding: chunked\r\n", Method::head, BodyKind::none, 0, true},
        {"200 OK", "", Method::head, BodyKind::none, 0, true},
        {"304 Not Modified", "Content-Length: 7\r\n", Method::get, BodyKind::none, 0, true},
        {"204 No Content", "", Method::get, BodyKind::none, 0, true},
        {"204 No Content", "Content-Length: 0\r\n", Method::get, BodyKind::none, 0, true},
        {"204 No Content", "Transfer-Encoding: chunked\r\n", Method::get, BodyKind::none, 0, false},
        {"100 Continue", "", Method::post, BodyKind::none, 0, true},
        {"101 Switching Protocols", "Upgrade: x\r\n", Method::get, BodyKind::none, 0, true},
    };
    for (const auto& c : cases) {
        const auto parsed =
            parsed_response(std::string("HTTP/1.1 ") + c.status_line + "\r\n" + c.fields + "\r\n");
        const auto framing = response_framing(parsed->head, c.method);
        ASSERT_TRUE(framing) << c.status_line << c.fields;
        EXPECT_EQ(framing->kind, c.kind) << c.status_line << c.fields;
        EXPECT_EQ(framing->length, c.length) << c.status_line << c.fields;
        EXPECT_EQ(framing->reusable, c.reusable) << c.status_line << c.fields;
    }
}

TEST(framing, decides_persistence_by_version_and_connection) {
    struct Case {
        const char* version;
        const char* fields;
        bool persistent;
    };
    const Case cases[] = {
        {"1.1", "", true},
        {"1.1", "Connection: close\r\n", false},
        {"1.1", "Connection: Keep-Alive, CLOSE\r\n", false},
        {"1.1", "Connection: x\r\nConnection: close\r\n", false},
        {"1.1", "Connection: closed\r\n", true},
        {"1.0", "", false},
        {"1.0", "Connection: keep-alive\r\n", true},
        {"1.0", "Connection: Keep-Alive , x\r\n", true},
        {"1.0", "Connection: keep-alive, close\r\n", false},
        {"1.0", "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n", false},
        {"1.1", "Proxy-Connection: close\r\n", true},
    };
    for (const auto& c : cases) {
        const auto parsed =
            parsed_request(std::string("GET / HTTP/") + c.version + "\r\n" + c.fields + "\r\n");
        EXPECT_EQ(is_persistent(parsed->head.version, parsed->head.fields), c.persistent)
            << c.version << c.fields;
    }
}

TEST(framing, hears_expect_100_continue_from_http_1_1_only) {
    const auto parsed = [](const char* version, const char* value) {
        return parsed_request(std::string("PUT / HTTP/") + version + "\r\nExpect: " + value + "\r\n\r\n");
    };
    EXPECT_TRUE(expects_continue(parsed("1.1", "100-Continue")->head));
    EXPECT_FALSE(expects_continue(parsed("1.0", "100-continue")->head));
    EXPECT_FALSE(expects_continue(parsed("1.1", "x")->head));
    EXPECT_TRUE(has_unknown_expectation(parsed("1.1", "x")->head));
    EXPECT_FALSE(has_unknown_expectation(parsed("1.1", "100-continue")->head));
}

TEST(framing, sees_an_upgrade_only_when_both_fields_ask) {
    const auto asks = [](const std::string& lines, const std::string& version = "1.1") {
        return asks_for_upgrade(parsed_request("GET / HTTP/" + version + "\r\n" + lines + "\r\n\r\n")->head,
                                "websocket");
    };
    EXPECT_TRUE(asks("Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket"));
    EXPECT_TRUE(asks("Connection: upgrade\r\nUpgrade: h2c, websocket/13"));
    EXPECT_FALSE(asks("Connection: upgrade\r\nUpgrade: h2c"));
    EXPECT_FALSE(asks("Upgrade: websocket"));
    EXPECT_FALSE(asks("Connection: upgrade"));
    EXPECT_FALSE(asks("Connection: upgrade\r\nUpgrade: websocket", "1.0"));
}

TEST(framing, visits_list_elements_without_their_white_space) {
    std::vector<std::string> elements;
    for_each_element(" a,,\tb c ,d", [&](std::string_view element) {
        elements.emplace_back(element);
        return true;
    });
    EXPECT_EQ(elements, (std::vector<std::string>{"a", "b c", "d"}));
}

TEST(framing, ends_hop_by_hop_fields_and_those_named_by_connection) {
    const auto parsed = parsed_request(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret\r\nConnection: cookie\r\nKeep-Alive: 5\r\n"
        "TE: trailers\r\nUpgrade: x\r\nProxy-Connection: x\r\nTrailer: a\r\nx-secret: 1\r\nX-Other: 1\r\n"
        "Cookie: a=b\r\nClose: 1\r\n\r\n");
    ASSERT_EQ(parsed->progress.state, Progress::State::done);
    const HopByHop hop_by_hop(parsed->head.fields);
    std::string crossing;
    for (const auto& field : parsed->head.fields) {
        if (!hop_by_hop.ends_here(field)) crossing += std::string(field.name) + " ";
    }
    EXPECT_EQ(crossing, "Host X-Other ");
}

TEST(framing, ends_each_of_very_many_fields_that_connection_names) {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: zz";
    for (int i = 0; i < 900; ++i) head += ", x-" + std::to_string(i * 7 % 900);
    head += "\r\n";
    for (int i = 0; i < 900; ++i) head += "X-" + std::to_string(i) + ": 1\r\n";
    const auto parsed = parsed_request(head + "ZZ: 1\r\nX-: 1\r\nX-900: 1\r\nY-1: 1\r\nZ: 1\r\n\r\n");
    ASSERT_EQ(parsed->progress.state, Progress::State::done);
    const HopByHop hop_by_hop(parsed->head.fields);
    std::string crossing;
    for (const auto& field : parsed->head.fields) {
        if (!hop_by_hop.ends_here(field)) crossing += std::string(field.name) + " ";
    }
    EXPECT_EQ(crossing, "Host X- X-900 Y-1 Z ");
}

}   // namespace
}   // namespace gatehouse::http
