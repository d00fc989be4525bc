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

void answer_empty(H2ServerSession& session, Owner& owner) { session.respond(owner.id, 204, {}, true); }

std::string pattern(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + i % 23);
    return text;
}

TEST(h2_session, a_request_and_its_response_however_the_bytes_are_cut) {
    for (const std::size_t cut : {1 << 20, 1, 2, 3, 7, 100}) {
        Pair pair;
        pair.server_owner.on_request = answer_hello;
        Arena arena;
        Fields fields;
        fields.add(arena, make_field("X-One", "1"));
        fields.add(arena, make_field(FieldId::host, "elsewhere"));
        fields.add(arena, make_field(FieldId::connection, "close"));
        fields.add(arena, make_field(FieldId::te, "gzip"));
        auto& request = pair.request("GET", "/a?b", true, &fields);
        pair.run(cut);
        EXPECT_EQ(request.log, "head 200 content-type=text/plain| body 5 end closed by both NO_ERROR");
        EXPECT_EQ(request.body, "hello");
        const auto& served = pair.server_owner.streams.at(1);
        EXPECT_EQ(served.log, "end closed by both NO_ERROR");
        const auto& head = served.request->head;
        EXPECT_EQ(head.line, "GET /a?b HTTP/2.0");
        EXPECT_EQ(head.method, Method::get);
        EXPECT_EQ(head.target, "/a?b");
        EXPECT_EQ(served.request->scheme, "https");
        EXPECT_EQ(served.request->authority, "example.com");
        EXPECT_EQ(test::text_of(head.fields), "host=example.com|x-one=1|");
        EXPECT_EQ(served.request->framing.kind, BodyKind::none);
        EXPECT_EQ(pair.server.open_streams() + pair.client.open_streams(), 0U);
        EXPECT_FALSE(pair.server.failure() || pair.client.failure());
    }
}

TEST(h2_session, a_long_body_each_way_with_back_pressure) {
    for (const std::size_t limit : {1000U, 16'384U, 65'536U}) {
        Pair pair;
        pair.server_owner.on_request = [](H2ServerSession& session, Owner& owner) {
            session.respond(owner.id, 200, {}, false);
            owner.send(pattern(300'000));
        };
        auto& request = pair.request("POST", "/", false);
        request.send(pattern(200'000));
        pair.run(1 << 20, limit);
        const auto& served = pair.server_owner.streams.at(1);
        EXPECT_EQ(served.body, pattern(200'000));
        EXPECT_EQ(request.body, pattern(300'000));
        EXPECT_EQ(request.taken, 200'000U);
        EXPECT_EQ(served.taken, 300'000U);
        EXPECT_EQ(request.log, "head 200  body 300000 end closed by both NO_ERROR");
    }
}

TEST(h2_session, what_is_not_consumed_stops_the_peer) {
    Pair pair;
    auto& request = pair.request("POST", "/", false);
    request.send(pattern(200'000));
    pair.run();
    auto& served = pair.server_owner.streams.at(1);
    EXPECT_EQ(served.body.size(), 200'000U);

    auto& second = pair.request("POST", "/", false);
    pair.run();
    auto& slow = pair.server_owner.streams.at(3);
    slow.consume_at_once = false;
    second.send(pattern(200'000));
    pair.run();
    EXPECT_EQ(slow.body.size(), 64U * 1024);
    EXPECT_EQ(pair.server.unconsumed(3), 64U * 1024);
    EXPECT_TRUE(pair.client.is_stalled(3));
    pair.server.consume(3, 40'000);
    pair.run();
    EXPECT_EQ(slow.body.size(), 64U * 1024 + 40'000);
    pair.server.consume(3, slow.body.size() - 40'000);
    slow.consume_at_once = true;
    pair.run();
    EXPECT_EQ(slow.body, pattern(200'000));
    EXPECT_FALSE(pair.client.is_stalled(3));
}

TEST(h2_session, a_response_without_a_body) {
    Pair pair;
    pair.server_owner.on_request = answer_empty;
    auto& request = pair.request("HEAD", "/");
    pair.run();
    EXPECT_EQ(request.log, "head 204  end closed by both NO_ERROR");
}

TEST(h2_session, an_answer_before_the_body_arrived_tells_the_client_to_stop) {
    Pair pair;
    pair.server_owner.on_request = answer_empty;
    auto& request = pair.request("POST", "/", false);
    pair.run();
    EXPECT_EQ(request.log, "head 204  end closed by peer NO_ERROR");
    EXPECT_EQ(pair.server_owner.streams.at(1).log, "closed by both NO_ERROR");
}

TEST(h2_session, an_owner_that_refuses) {
    Pair pair;
    pair.server_owner.accepts = false;
    auto& request = pair.request("POST", "/", false);
    pair.run();
    EXPECT_EQ(request.log, "closed by peer REFUSED_STREAM unprocessed");
    EXPECT_EQ(pair.server.open_streams(), 0U);
}

}   // namespace
}   // namespace gatehouse::http
