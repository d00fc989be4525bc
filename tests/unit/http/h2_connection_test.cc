#include <gtest/gtest.h>

#include "tests/unit/http/h2_pair.h"

namespace gatehouse::http {
namespace {

using test::Owner;
using test::Pair;

void answer_hello(H2ServerSession& session, Owner& owner) {
    Arena arena;
    Fields fields;
    fields.add(arena, make_field(FieldId::content_type, "text/plain"));
    session.respond(owner.id, 200, fields, false);
    owner.send("hello");
}

std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

TEST(h2_session, the_connection_is_lost) {
    Pair pair;
    auto& sent = pair.request("GET", "/");
    pair.run();
    auto& unsent = pair.request("GET", "/");
    pair.client.connection_lost();
    pair.server.connection_lost();
    EXPECT_EQ(sent.log, "closed by session CANCEL");
    EXPECT_EQ(unsent.log, "closed by session CANCEL unprocessed");
    EXPECT_EQ(pair.server_owner.streams.at(1).log, "end closed by session CANCEL");
    EXPECT_TRUE(pair.client.finished() && pair.server.finished());
    EXPECT_FALSE(pair.client.has_output());
    EXPECT_EQ(pair.client.available(), 0U);
}

TEST(h2_session, a_server_drains) {
    Pair pair;
    auto& first = pair.request("GET", "/");
    pair.run();
    pair.server.drain();
    // What was under way before the client knew is served as well.
    auto& second = pair.request("GET", "/");
    (void)Pair::move(pair.client, pair.server);
    pair.run();
    EXPECT_EQ(pair.client_owner.log, "settings goaway NO_ERROR 2147483647 goaway NO_ERROR 3");
    EXPECT_EQ(pair.client.available(), 0U);
    EXPECT_FALSE(pair.client.submit({}, first));
    EXPECT_FALSE(pair.server.finished());
    for (const StreamId id : {1, 3}) answer_hello(pair.server, pair.server_owner.streams.at(id));
    pair.run();
    EXPECT_EQ(first.body + second.body, "hellohello");
    EXPECT_TRUE(pair.server.finished());
    EXPECT_TRUE(pair.client.finished());
    EXPECT_FALSE(pair.client.failure() || pair.server.failure());
}

TEST(h2_session, a_drain_need_not_wait_for_the_client) {
    Pair pair;
    pair.run();
    pair.server.drain();
    pair.server.finish_drain();
    auto& late = pair.request("GET", "/");
    Buffer request;
    pair.client.pull(request, 10'000);
    (void)Pair::move(pair.server, pair.client);
    EXPECT_EQ(late.log, "closed by session REFUSED_STREAM unprocessed");
    (void)pair.server.feed(request.view());
    EXPECT_TRUE(pair.server_owner.streams.empty());
    EXPECT_TRUE(pair.server.finished());
}

TEST(h2_session, a_client_drains) {
    Pair pair;
    auto& request = pair.request("GET", "/");
    pair.run();
    pair.client.drain();
    pair.run();
    EXPECT_EQ(pair.server_owner.log, "goaway NO_ERROR 0");
    EXPECT_FALSE(pair.client.finished());
    answer_hello(pair.server, pair.server_owner.streams.at(1));
    pair.run();
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(pair.client.finished() && pair.server.finished());
}

TEST(h2_session, a_shutdown_ends_at_once) {
    Pair pair;
    auto& request = pair.request("GET", "/");
    pair.run();
    pair.server.shutdown(H2Code::internal_error);
    pair.run();
    EXPECT_EQ(pair.server_owner.streams.at(1).log, "end closed by session INTERNAL_ERROR");
    EXPECT_TRUE(pair.server.finished());
    EXPECT_EQ(pair.client_owner.log, "settings goaway INTERNAL_ERROR 1");
    EXPECT_TRUE(pair.client.failure()->by_peer);
    EXPECT_EQ(request.log, "") << "the server may yet have served it: only the connection's end tells";
}

TEST(h2_session, the_servers_limit_of_streams) {
    H2Limits limits;
    limits.concurrent_streams = 3;
    Pair pair(limits);
    EXPECT_FALSE(pair.client.settings_known());
    EXPECT_EQ(pair.client.available(), 100U);
    pair.run();
    EXPECT_TRUE(pair.client.settings_known());
    for (int i = 3; i > 0; --i) {
        EXPECT_EQ(pair.client.available(), static_cast<std::size_t>(i));
        (void)pair.request("GET", "/");
    }
    EXPECT_EQ(pair.client.available(), 0U);
    Owner none;
    EXPECT_EQ(pair.client.submit({}, none).error().code, ErrorCode::no_endpoint);
    pair.run();
    pair.server.respond(1, 204, {}, true);
    pair.run();
    EXPECT_EQ(pair.client.available(), 1U);
}

TEST(h2_session, more_streams_than_allowed_before_the_settings_are_known_wait_or_are_refused) {
    H2Limits limits;
    limits.concurrent_streams = 2;
    Pair pair(limits);
    pair.server_owner.on_request = answer_hello;
    for (int i = 0; i < 5; ++i) (void)pair.request("GET", "/");
    pair.run();
    for (const auto& request : pair.requests) {
        EXPECT_TRUE(request->body == "hello" || request->how.unprocessed) << request->log;
        EXPECT_TRUE(request->closed);
    }
    EXPECT_FALSE(pair.server.failure());
}

TEST(h2_session, ping) {
    Pair pair;
    pair.client.ping();
    pair.server.ping();
    pair.run();
    EXPECT_EQ(pair.client_owner.log, "settings pong");
    EXPECT_EQ(pair.server_owner.log, "pong");
}

TEST(h2_session, websocket_over_a_stream) {
    Pair pair;
    const H2Outgoing connect{.method = "CONNECT",
                             .scheme = "https",
                             .authority = "a.b",
                             .path = "/chat",
                             .protocol = "websocket",
                             .fields = nullptr,
                             .ends = false};
    Owner owner;
    owner.session = &pair.client;
    EXPECT_EQ(pair.client.submit(connect, owner).error().code, ErrorCode::unsupported) << "not known yet";
    pair.run();
    EXPECT_TRUE(pair.client.accepts_protocols());
    const auto id = pair.client.submit(connect, owner).value();
    pair.run();
    auto& served = pair.server_owner.streams.at(id);
    EXPECT_EQ(served.request->protocol, "websocket");
    pair.server.respond(id, 200, {}, false);
    pair.server.offer(id, "hi", false);
    pair.run();
    EXPECT_EQ(owner.response->framing.kind, BodyKind::until_close);
    pair.client.offer(id, "ho", false);
    pair.run();
    EXPECT_EQ(served.body + owner.body, "hohi");
    pair.server.offer(id, "", true);
    pair.run();
    EXPECT_TRUE(owner.ended && !owner.closed);
    pair.client.offer(id, "last", true);
    pair.run();
    EXPECT_EQ(served.body, "holast");
    EXPECT_EQ(owner.log, "head 200  body 2 end closed by both NO_ERROR");
}

// What goes out is made valid, or left out.
TEST(h2_session, fields_that_cannot_go_out_as_they_are) {
    Pair pair;
    auto& request = pair.request("GET", "/");
    pair.run();
    Arena arena;
    Fields fields;
    for (const auto& [name, value] :
         std::initializer_list<std::pair<const char*, const char*>>{{"Connection", "x"},
                                                                    {"Keep-Alive", "5"},
                                                                    {"Transfer-Encoding", "chunked"},
                                                                    {"Upgrade", "h2c"},
                                                                    {"Proxy-Connection", "close"},
                                                                    {"TE", "trailers"},
                                                                    {"ba d", "1"},
                                                                    {":status", "404"},
                                                                    {"", "1"},
                                                                    {"LF", "a\r\nb: c"},
                                                                    {"Blank", " \ta b\t "},
                                                                    {"Empty", ""},
                                                                    {"X_Y", "\x7f\x80"}})
        fields.add(arena, make_field(name, value));
    pair.server.respond(1, 200, fields, true);
    pair.run();
    EXPECT_EQ(request.log,
              "head 200 te=trailers|lf=a  b: c|blank=a b|empty=|x_y=\x80| end closed by both NO_ERROR");
}

TEST(h2_session, streams_share_the_connection) {
    Pair pair;
    for (int i = 0; i < 4; ++i) (void)pair.request("GET", "/");
    pair.run();
    for (auto& [id, served] : pair.server_owner.streams) {
        pair.server.respond(id, 200, {}, false);
        served.send(pattern(1'000'000));
    }
    for (int i = 0; i < 8; ++i) {
        (void)Pair::move(pair.server, pair.client);
        (void)Pair::move(pair.client, pair.server);
    }
    for (const auto& request : pair.requests) {
        EXPECT_GT(request->body.size(), 64'000U);
        EXPECT_LT(request->body.size(), 250'000U);
    }
}

TEST(h2_session, a_client_that_asks_for_one_after_the_other_gets_it) {
    Pair pair;
    Arena arena;
    Fields fields;
    fields.add(arena, make_field("Priority", "u=1"));
    for (int i = 0; i < 2; ++i) (void)pair.request("GET", "/", true, &fields);
    pair.run();
    for (auto& [id, served] : pair.server_owner.streams) {
        pair.server.respond(id, 200, {}, false);
        served.send(pattern(60'000));
    }
    (void)Pair::move(pair.server, pair.client, 1 << 20, 60'000);
    EXPECT_GT(pair.requests[0]->body.size(), 59'000U);
    EXPECT_EQ(pair.requests[1]->body.size(), 0U);
}

}   // namespace
}   // namespace gatehouse::http
