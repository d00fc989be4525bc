// What an endpoint may answer over HTTP/2, and what becomes of a request when it does not, in frames written
// by hand.
#include <gtest/gtest.h>

#include "tests/unit/http/h2_frames.h"

namespace gatehouse::http {
namespace {

using namespace test;
using namespace std::string_view_literals;

constexpr unsigned whole = end_stream | end_headers;

std::string head(StreamId id, unsigned flags, const std::vector<NameValue>& fields) {
    return frame(headers, flags, id, block(fields));
}

TEST(h2_response_rules, what_is_well_formed) {
    const std::pair<std::string, const char*> cases[] = {
        {head(1, whole, {{":status", "200"}}), "head 200  end closed by both NO_ERROR"},
        {head(1, end_headers, {{":status", "200"}, {"x", "1"}}) + frame(data, end_stream, 1, "abc"),
         "head 200 x=1| body 3 end closed by both NO_ERROR"},
        {head(1, end_headers, {{":status", "100"}}) + head(1, whole, {{":status", "404"}}),
         "head 100  head 404  end closed by both NO_ERROR"},
        {head(1, end_headers, {{":status", "200"}}) + head(1, whole, {{"x", "1"}}),
         "head 200  trailers x=1| closed by both NO_ERROR"},
        {head(1, end_headers, {{":status", "200"}, {"content-length", "3"}}) +
             frame(data, end_stream, 1, "abc"),
         "head 200 content-length=3| body 3 end closed by both NO_ERROR"},
        {head(1, end_headers, {{":status", "204"}}) + frame(data, end_stream, 1),
         "head 204  end closed by both NO_ERROR"},
        {head(1, whole, {{":status", "304"}, {"content-length", "3"}}),
         "head 304 content-length=3| end closed by both NO_ERROR"},
        {head(1, whole, {{":status", "200"}, {"set-cookie", "a"}, {"set-cookie", "b"}}),
         "head 200 set-cookie=a|set-cookie=b| end closed by both NO_ERROR"},
        {head(1, whole, {{":status", "999"}}), "head 999  end closed by both NO_ERROR"},
    };
    for (const auto& [bytes, log] : cases) {
        RawClient client;
        auto& request = client.request();
        EXPECT_EQ(client.drain(), "HEADERS(1).");
        EXPECT_EQ(client.say(bytes), "") << log;
        EXPECT_EQ(request.log, log);
        EXPECT_EQ(client.session.open_streams(), 0U);
    }
}

TEST(h2_response_rules, what_is_malformed) {
    const std::pair<const char*, std::string> cases[] = {
        {"no status", head(1, whole, {{"x", "1"}})},
        {"status twice", head(1, whole, {{":status", "200"}, {":status", "200"}})},
        {"status of two digits", head(1, whole, {{":status", "20"}})},
        {"no number", head(1, whole, {{":status", "2x0"}})},
        {"101", head(1, end_headers, {{":status", "101"}})},
        {"interim that ends", head(1, whole, {{":status", "100"}})},
        {"a request's pseudo field", head(1, whole, {{":status", "200"}, {":path", "/"}})},
        {"status after a field", head(1, whole, {{"x", "1"}, {":status", "200"}})},
        {"upper case", head(1, whole, {{":status", "200"}, {"X", "1"}})},
        {"connection", head(1, whole, {{":status", "200"}, {"connection", "close"}})},
        {"transfer-encoding", head(1, whole, {{":status", "200"}, {"transfer-encoding", "chunked"}})},
        {"line end in a value", head(1, whole, {{":status", "200"}, {"x", "a\nb"}})},
        {"NUL in a value", head(1, whole, {{":status", "200"}, {"x", "a\0b"sv}})},
        {"less than content-length", head(1, end_headers, {{":status", "200"}, {"content-length", "4"}}) +
                                         frame(data, end_stream, 1, "abc")},
        {"more than content-length",
         head(1, end_headers, {{":status", "200"}, {"content-length", "2"}}) + frame(data, none, 1, "abc")},
        {"two lengths",
         head(1, whole, {{":status", "200"}, {"content-length", "0"}, {"content-length", "0"}})},
        {"a length with 204", head(1, whole, {{":status", "204"}, {"content-length", "5"}})},
        {"a body with 204", head(1, end_headers, {{":status", "204"}}) + frame(data, none, 1, "abc")},
        {"trailers with a pseudo field",
         head(1, end_headers, {{":status", "200"}}) + head(1, whole, {{":status", "200"}})},
    };
    for (const auto& [name, bytes] : cases) {
        RawClient client;
        auto& request = client.request();
        (void)client.drain();
        EXPECT_EQ(client.say(bytes), "RST(1)PROTOCOL_ERROR") << name;
        EXPECT_TRUE(request.log.ends_with("closed by session PROTOCOL_ERROR")) << name << ": " << request.log;
        EXPECT_NE(std::string_view(request.how.why), "") << name;
        EXPECT_FALSE(client.session.failure()) << name;
        // The connection goes on.
        auto& next = client.request();
        (void)client.drain();
        (void)client.say(head(3, whole, {{":status", "200"}}));
        EXPECT_EQ(next.log, "head 200  end closed by both NO_ERROR") << name;
    }
}

TEST(h2_response_rules, a_response_to_head_has_no_body) {
    RawClient client;
    auto& request = client.request("HEAD");
    (void)client.drain();
    EXPECT_EQ(client.say(head(1, end_headers, {{":status", "200"}, {"content-length", "500"}})), "");
    EXPECT_EQ(request.response->framing.kind, BodyKind::none);
    EXPECT_EQ(client.say(frame(data, end_stream, 1)), "");
    EXPECT_EQ(request.log, "head 200 content-length=500| end closed by both NO_ERROR");
    auto& other = client.request("HEAD");
    (void)client.drain();
    EXPECT_EQ(client.say(head(3, end_headers, {{":status", "200"}}) + frame(data, none, 3, "abc")),
              "RST(3)PROTOCOL_ERROR");
    EXPECT_TRUE(other.closed);
}

TEST(h2_response_rules, framing_of_responses) {
    const auto framing_of = [](std::string_view method, const std::vector<NameValue>& fields,
                               unsigned flags) {
        RawClient client;
        auto& request = client.request(method);
        (void)client.drain();
        (void)client.say(head(1, flags, fields));
        return request.response->framing;
    };
    EXPECT_EQ(framing_of("GET", {{":status", "200"}}, end_headers).kind, BodyKind::until_close);
    EXPECT_EQ(framing_of("GET", {{":status", "200"}}, whole).kind, BodyKind::none);
    const auto length = framing_of("GET", {{":status", "200"}, {"content-length", "7"}}, end_headers);
    EXPECT_EQ(length.kind, BodyKind::length);
    EXPECT_EQ(length.length, 7U);
    EXPECT_EQ(framing_of("GET", {{":status", "304"}}, end_headers).kind, BodyKind::none);
    EXPECT_EQ(framing_of("GET", {{":status", "103"}}, end_headers).kind, BodyKind::none);
}

TEST(h2_response_rules, a_head_that_is_too_large) {
    H2Limits limits;
    limits.head = {.start_line_bytes = 100, .field_bytes = 200, .head_bytes = 1000, .field_count = 3};
    const std::string value(300, 'v');
    const std::pair<std::vector<NameValue>, const char*> cases[] = {
        {{{":status", "200"}, {"x", value}}, "field line too long"},
        {{{":status", "200"}, {"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}}, "too many fields"},
    };
    for (const auto& [fields, why] : cases) {
        RawClient client(limits);
        auto& request = client.request();
        (void)client.drain();
        EXPECT_EQ(client.say(head(1, end_headers, fields)), "RST(1)CANCEL");
        EXPECT_EQ(request.log, "closed by session CANCEL");
        EXPECT_STREQ(request.how.why, why);
    }
}

TEST(h2_response_rules, too_many_interim_heads) {
    RawClient client;
    auto& request = client.request();
    (void)client.drain();
    for (int i = 0; i < 16; ++i) EXPECT_EQ(client.say(head(1, end_headers, {{":status", "103"}})), "");
    EXPECT_EQ(client.say(head(1, end_headers, {{":status", "103"}})), "RST(1)ENHANCE_YOUR_CALM");
    EXPECT_STREQ(request.how.why, "too many interim responses");
}

TEST(h2_response_rules, refusals_say_whether_the_request_may_be_sent_again) {
    {
        RawClient client;
        auto& request = client.request("POST", false);
        (void)client.drain();
        (void)client.say(rst(1, H2Code::refused_stream));
        EXPECT_EQ(request.log, "closed by peer REFUSED_STREAM unprocessed");
    }
    {
        RawClient client;
        auto& request = client.request();
        (void)client.drain();
        (void)client.say(head(1, end_headers, {{":status", "200"}}) + rst(1, H2Code::refused_stream));
        EXPECT_EQ(request.log, "head 200  closed by peer REFUSED_STREAM") << "it has answered";
    }
    {
        RawClient client;
        auto& request = client.request();
        (void)client.drain();
        (void)client.say(rst(1, H2Code::internal_error));
        EXPECT_EQ(request.log, "closed by peer INTERNAL_ERROR");
    }
}

TEST(h2_response_rules, goaway_tells_which_requests_were_seen) {
    RawClient client;
    auto& first = client.request();
    auto& second = client.request();
    (void)client.drain();
    auto& unsent = client.request();
    (void)client.say(frame(goaway, none, 0, number(1, 4) + number(0, 4)));
    EXPECT_EQ(client.owner.log, "settings goaway NO_ERROR 1");
    EXPECT_EQ(second.log, "closed by session REFUSED_STREAM unprocessed");
    EXPECT_EQ(unsent.log, "closed by session REFUSED_STREAM unprocessed");
    EXPECT_EQ(first.log, "");
    EXPECT_EQ(client.session.available(), 0U);
    (void)client.say(head(1, whole, {{":status", "200"}}));
    EXPECT_EQ(first.log, "head 200  end closed by both NO_ERROR");
    EXPECT_TRUE(client.session.finished());
}

TEST(h2_response_rules, goaway_with_an_error_is_remembered) {
    RawClient client;
    (void)client.say(frame(goaway, none, 0, number(0, 4) + number(11, 4) + "calm"));
    EXPECT_EQ(client.session.failure()->code, H2Code::enhance_your_calm);
    EXPECT_TRUE(client.session.failure()->by_peer);
    EXPECT_TRUE(client.session.finished());
}

TEST(h2_response_rules, data_before_a_head_breaks_the_connection) {
    RawClient client;
    auto& request = client.request();
    (void)client.drain();
    EXPECT_EQ(client.say(frame(data, end_stream, 1, "abc")), "GOAWAY(0)PROTOCOL_ERROR");
    EXPECT_EQ(request.log, "closed by session PROTOCOL_ERROR");
}

TEST(h2_response_rules, no_push) {
    RawClient client;
    (void)client.request();
    (void)client.drain();
    EXPECT_EQ(client.say(frame(push_promise, end_headers, 1, number(2, 4) + get_block())),
              "GOAWAY(0)PROTOCOL_ERROR");
    EXPECT_TRUE(client.session.finished());
}

TEST(h2_response_rules, a_server_that_begins_streams) {
    RawClient client;
    EXPECT_EQ(client.say(head(2, end_headers, {{":status", "200"}})), "GOAWAY(0)PROTOCOL_ERROR");
}

TEST(h2_response_rules, a_flood_from_an_endpoint_is_counted_as_well) {
    RawClient client;
    auto& request = client.request();
    (void)client.drain();
    for (int i = 0; i < 200; ++i) (void)client.say(frame(ping, none, 0, "12345678"));
    EXPECT_EQ(client.why(), "too many PING frames");
    EXPECT_EQ(request.log, "closed by session ENHANCE_YOUR_CALM");
}

TEST(h2_response_rules, the_endpoints_limit_may_be_zero_or_change) {
    RawClient client({}, setting(3, 0));
    EXPECT_EQ(client.session.available(), 0U);
    (void)client.say(frame(settings, none, 0, setting(3, 2)));
    EXPECT_EQ(client.owner.log, "settings settings");
    EXPECT_EQ(client.session.available(), 2U);
    auto& request = client.request();
    (void)client.drain();
    (void)client.say(frame(settings, none, 0, setting(3, 1)));
    EXPECT_EQ(client.session.available(), 0U);
    (void)client.say(head(1, whole, {{":status", "200"}}));
    EXPECT_TRUE(request.closed);
    EXPECT_EQ(client.session.available(), 1U);
}

TEST(h2_response_rules, what_the_client_says_first) {
    ClientOwner owner;
    H2ClientSession session({}, owner);
    Buffer out;
    session.pull(out, 1 << 20);
    ASSERT_TRUE(out.view().starts_with(preface));
    const auto rest = out.view().substr(preface.size());
    EXPECT_EQ(describe(rest), "SETTINGS WINDOW_UPDATE983041");
    EXPECT_NE(rest.find(setting(2, 0)), std::string_view::npos) << "SETTINGS_ENABLE_PUSH is 0";
    EXPECT_NE(rest.find(setting(4, 64 * 1024)), std::string_view::npos);
}

}   // namespace
}   // namespace gatehouse::http
