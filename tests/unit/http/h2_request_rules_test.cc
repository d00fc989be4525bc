// What a request over HTTP/2 may look like (RFC 9113 8.2, 8.3; RFC 8441), in frames written by hand.
#include <gtest/gtest.h>

#include "tests/unit/http/h2_frames.h"

namespace gatehouse::http {
namespace {

using namespace test;

constexpr unsigned whole = end_stream | end_headers;

std::string outcome_of(const std::string& fields, unsigned flags = whole, std::string_view then = {}) {
    RawServer server;
    server.owner.on_request = [](H2ServerSession& session, Owner& owner) {
        if (owner.request->framing.kind == BodyKind::none) session.respond(owner.id, 204, {}, true);
    };
    auto answer = server.say(frame(headers, flags, 1, fields) + std::string(then));
    if (!server.owner.log.empty()) answer += " | " + server.owner.log;
    EXPECT_FALSE(server.session.failure()) << "a stream's error is not the connection's";
    EXPECT_EQ(server.owner.streams.contains(1), server.owner.log.empty());
    // The connection goes on.
    EXPECT_EQ(server.say(get(3)), "HEADERS(3).") << answer;
    return answer;
}

const std::vector<NameValue> pseudo = {
    {":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a.b"}};

std::string with(std::initializer_list<NameValue> more) {
    auto fields = pseudo;
    fields.insert(fields.end(), more.begin(), more.end());
    return block(fields);
}
std::string without(std::string_view name) {
    auto fields = pseudo;
    std::erase_if(fields, [name](const auto& field) { return field.first == name; });
    return block(fields);
}
std::string replaced(std::string_view name, std::string_view value) {
    auto fields = pseudo;
    for (auto& field : fields) {
        if (field.first == name) field.second = value;
    }
    return block(fields);
}

TEST(h2_request_rules, what_is_well_formed) {
    const std::string fine[] = {
        with({}),
        with({{"te", "trailers"}}),
        with({{"host", "A.b"}}),
        with({{"cookie", "a=1"}, {"cookie", "b=2"}}),
        with({{"x_y", "1"}, {"x", "a\tb"}, {"y", "\xff"}, {"z", ""}}),
        with({{"content-length", "0"}}),
        without(":authority") + block({{"host", "a.b"}}),
        block({{":path", "/"}, {":authority", "a.b"}, {":scheme", "https"}, {":method", "GET"}}),
        block({{":method", "OPTIONS"}, {":scheme", "https"}, {":path", "*"}, {":authority", "a.b"}}),
        replaced(":method", "BREW"),
        replaced(":path", "/\xff?a#b"),
    };
    for (const auto& fields : fine) EXPECT_EQ(outcome_of(fields), "HEADERS(1).") << fields;
}

TEST(h2_request_rules, what_is_malformed) {
    using namespace std::string_view_literals;
    const std::pair<const char*, std::string> cases[] = {
        {"upper case", with({{"X-y", "1"}})},
        {"connection", with({{"connection", "close"}})},
        {"keep-alive", with({{"keep-alive", "5"}})},
        {"proxy-connection", with({{"proxy-connection", "keep-alive"}})},
        {"transfer-encoding", with({{"transfer-encoding", "chunked"}})},
        {"upgrade", with({{"upgrade", "websocket"}})},
        {"te", with({{"te", "gzip"}})},
        {"te list", with({{"te", "trailers, gzip"}})},
        {"no method", without(":method")},
        {"no scheme", without(":scheme")},
        {"no path", without(":path")},
        {"no authority and no host", without(":authority")},
        {"method twice", with({}) + block({{":method", "GET"}})},
        {"path twice", block({{":method", "GET"}, {":path", "/"}, {":path", "/"}, {":scheme", "https"}})},
        {"pseudo after regular", block({{"x", "1"}}) + with({})},
        {"unknown pseudo", block({{":x", "1"}}) + with({})},
        {":status", block({{":status", "200"}}) + with({})},
        {"empty path", replaced(":path", "")},
        {"relative path", replaced(":path", "a")},
        {"asterisk but not OPTIONS", replaced(":path", "*")},
        {"control in path", replaced(":path", "/\x01")},
        {"space in path", replaced(":path", "/ HTTP/1.1")},
        {"empty method", replaced(":method", "")},
        {"space in method", replaced(":method", "GET /x")},
        {"empty scheme", replaced(":scheme", "")},
        {"host differs", with({{"host", "c.d"}})},
        {"host twice", without(":authority") + block({{"host", "a.b"}, {"host", "a.b"}})},
        {"authority with a space", replaced(":authority", "a b")},
        {"value with CR", with({{"x", "a\rb"}})},
        {"value with LF", with({{"x", "a\nb"}})},
        {"value with NUL", with({{"x", "a\0b"sv}})},
        {"value with a control", with({{"x", "a\x01"}})},
        {"value with DEL", with({{"x", "a\x7f"}})},
        {"blank before a value", with({{"x", " a"}})},
        {"blank behind a value", with({{"x", "a\t"}})},
        {"name with a space", with({{"x y", "1"}})},
        {"name with a colon", with({{"x:y", "1"}})},
        {"name with a bracket", with({{"x(y", "1"}})},
        {"empty name", with({{"", "1"}})},
        {"content-length not a number", with({{"content-length", "+5"}})},
        {"content-length twice", with({{"content-length", "0"}, {"content-length", "0"}})},
        {"content-length and no body", with({{"content-length", "5"}})},
        {"CONNECT with a path", replaced(":method", "CONNECT")},
        {"protocol without CONNECT", block({{":protocol", "websocket"}}) + with({})},
    };
    for (const auto& [name, fields] : cases) {
        const auto outcome = outcome_of(fields);
        EXPECT_TRUE(outcome.starts_with("RST(1)PROTOCOL_ERROR | refused 1 PROTOCOL_ERROR: "))
            << name << ": " << outcome;
    }
}

TEST(h2_request_rules, host_comes_first_and_cookies_are_one) {
    RawServer server;
    (void)server.say(
        frame(headers, whole, 1,
              with({{"cookie", "a=1"}, {"host", "a.b"}, {"x", "1"}, {"cookie", "b=2"}, {"cookie", "c"}})));
    EXPECT_EQ(text_of(server.owner.streams.at(1).request->head.fields), "host=a.b|x=1|cookie=a=1; b=2; c|");
    (void)server.say(frame(headers, whole, 3, without(":authority") + block({{"x", "1"}, {"host", "h"}})));
    EXPECT_EQ(text_of(server.owner.streams.at(3).request->head.fields), "x=1|host=h|");
    EXPECT_EQ(server.owner.streams.at(3).request->authority, "");
}

TEST(h2_request_rules, the_body_is_as_long_as_content_length_says) {
    const auto five = with({{"content-length", "5"}});
    const auto reset_after = [&](std::string_view body) {
        RawServer server;
        (void)server.say(frame(headers, end_headers, 1, five));
        EXPECT_EQ(server.owner.streams.at(1).request->framing.kind, BodyKind::length);
        EXPECT_EQ(server.owner.streams.at(1).request->framing.length, 5U);
        (void)server.say(frame(data, end_stream, 1, body));
        return server.owner.streams.at(1).log;
    };
    EXPECT_EQ(reset_after("12345"), "body 5 end");
    EXPECT_EQ(reset_after("1234"), "closed by session PROTOCOL_ERROR");
    EXPECT_EQ(reset_after("123456"), "closed by session PROTOCOL_ERROR");
}

TEST(h2_request_rules, trailers) {
    const auto trailers_give = [](const std::string& fields, unsigned flags = whole) {
        RawServer server;
        (void)server.say(get(1, end_headers) + frame(data, none, 1, "abc"));
        (void)server.say(frame(headers, flags, 1, fields));
        return server.owner.streams.at(1).log;
    };
    EXPECT_EQ(trailers_give(block({{"x", "1"}})), "body 3 trailers x=1|");
    EXPECT_EQ(trailers_give(block({{":path", "/"}})), "closed by session PROTOCOL_ERROR");
    EXPECT_EQ(trailers_give(block({{"X", "1"}})), "closed by session PROTOCOL_ERROR");
    EXPECT_EQ(trailers_give(block({{"x", "1"}}), end_headers), "closed by session PROTOCOL_ERROR")
        << "trailers end the stream";
}

TEST(h2_request_rules, connect) {
    const auto connect = block({{":method", "CONNECT"}, {":authority", "a.b:443"}});
    RawServer server;
    EXPECT_EQ(server.say(frame(headers, end_headers, 1, connect)), "");
    const auto& request = *server.owner.streams.at(1).request;
    EXPECT_EQ(request.head.target, "a.b:443");
    EXPECT_EQ(request.head.method, Method::connect);
    EXPECT_EQ(request.framing.kind, BodyKind::until_close);
    // Each side of a tunnel ends for itself: no RST_STREAM after our end.
    server.session.respond(1, 200, {}, false);
    server.session.offer(1, "bye", true);
    EXPECT_EQ(server.drain(), "HEADERS(1) DATA(1)3.");
    EXPECT_EQ(server.say(frame(data, end_stream, 1, "and you")), "");
    EXPECT_EQ(server.owner.streams.at(1).log, "body 7 end closed by both NO_ERROR");
}

TEST(h2_request_rules, extended_connect) {
    const auto connect = [](std::initializer_list<NameValue> more) {
        std::vector<NameValue> fields = {{":method", "CONNECT"}, {":protocol", "websocket"}};
        fields.insert(fields.end(), more.begin(), more.end());
        return frame(headers, end_headers, 1, block(fields));
    };
    RawServer server;
    EXPECT_EQ(server.say(connect({{":scheme", "https"}, {":path", "/chat"}, {":authority", "a.b"}})), "");
    const auto& request = *server.owner.streams.at(1).request;
    EXPECT_EQ(request.protocol, "websocket");
    EXPECT_EQ(request.head.target, "/chat");
    EXPECT_EQ(request.scheme, "https");
    EXPECT_EQ(text_of(request.head.fields), "host=a.b|");
    RawServer other;
    EXPECT_EQ(other.say(connect({{":authority", "a.b"}})), "RST(1)PROTOCOL_ERROR");
}

TEST(h2_request_rules, limits_of_a_head_are_the_owners_to_answer) {
    H2Limits limits;
    limits.head = {.start_line_bytes = 100, .field_bytes = 200, .head_bytes = 1000, .field_count = 10};
    const auto refusal_of = [&](const std::string& fields) {
        RawServer server(limits);
        (void)server.say(frame(headers, whole, 1, fields));
        const auto& refusal = server.owner.streams.at(1).request->refusal;
        return std::to_string(refusal.status) + " " + refusal.rule;
    };
    const std::string long_value(195, 'v');
    EXPECT_EQ(refusal_of(with({{"x", long_value}})), "0 ");
    EXPECT_EQ(refusal_of(with({{"x", long_value + "1234"}})), "431 field line too long");
    EXPECT_EQ(
        refusal_of(with(
            {{"a", long_value}, {"b", long_value}, {"c", long_value}, {"d", long_value}, {"e", long_value}})),
        "431 head too long");
    EXPECT_EQ(refusal_of(with({{"a", ""},
                               {"b", ""},
                               {"c", ""},
                               {"d", ""},
                               {"e", ""},
                               {"f", ""},
                               {"g", ""},
                               {"h", ""},
                               {"i", ""}})),
              "0 ")
        << "ten with Host";
    EXPECT_EQ(refusal_of(with({{"a", ""},
                               {"b", ""},
                               {"c", ""},
                               {"d", ""},
                               {"e", ""},
                               {"f", ""},
                               {"g", ""},
                               {"h", ""},
                               {"i", ""},
                               {"j", ""}})),
              "431 too many fields");
    const std::string path = "/" + std::string(99 - std::string_view("GET  HTTP/2.0").size(), 'p');
    EXPECT_EQ(refusal_of(replaced(":path", path)), "0 ");
    EXPECT_EQ(refusal_of(replaced(":path", path + "p")), "414 request line too long");
    EXPECT_EQ(refusal_of(replaced(":path", "/" + std::string(150, 'p'))), "414 request line too long");
}

TEST(h2_request_rules, a_head_on_its_way_can_be_seen) {
    RawServer server;
    EXPECT_FALSE(server.session.head_is_arriving());
    const auto bytes = frame(headers, end_stream, 1, get_block()) + frame(continuation, end_headers, 1);
    (void)server.say(std::string_view(bytes).substr(0, 20));
    EXPECT_TRUE(server.session.head_is_arriving());
    (void)server.say(std::string_view(bytes).substr(20, bytes.size() - 29));
    EXPECT_TRUE(server.session.head_is_arriving());
    (void)server.say(std::string_view(bytes).substr(bytes.size() - 9));
    EXPECT_FALSE(server.session.head_is_arriving());
}

TEST(h2_request_rules, trailers_too_large_end_the_stream) {
    H2Limits limits;
    limits.head.field_bytes = 200;
    RawServer server(limits);
    EXPECT_EQ(
        server.say(get(1, end_headers) + frame(headers, whole, 1, block({{"x", std::string(300, 'x')}}))),
        "RST(1)ENHANCE_YOUR_CALM");
    EXPECT_EQ(server.owner.streams.at(1).log, "closed by session ENHANCE_YOUR_CALM");
}

}   // namespace
}   // namespace gatehouse::http
