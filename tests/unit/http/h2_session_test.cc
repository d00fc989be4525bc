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

TEST(h2_session, trailers_both_ways) {
    for (const bool with_body : {true, false}) {
        for (const bool at_once : {true, false}) {
            Pair pair;
            Arena arena;
            Fields fields;
            fields.add(arena, make_field("Grpc-Status", "0"));
            auto& request = pair.request("POST", "/", false);
            const auto end_with_trailers = [&](H2Session& session, StreamId id) {
                if (with_body) session.offer(id, "abc", false);
                if (!at_once) pair.run();
                session.offer_trailers(id, fields);
            };
            end_with_trailers(pair.client, 1);
            pair.run();
            auto& served = pair.server_owner.streams.at(1);
            const std::string arrived =
                with_body ? "body 3 trailers grpc-status=0|" : "trailers grpc-status=0|";
            EXPECT_EQ(served.log, arrived);
            pair.server.respond(1, 200, {}, false);
            end_with_trailers(pair.server, 1);
            pair.run();
            EXPECT_EQ(request.log, "head 200  " + arrived + " closed by both NO_ERROR");
        }
    }
}

TEST(h2_session, trailers_without_a_field_are_just_the_end) {
    Pair pair;
    auto& request = pair.request("GET", "/");
    pair.run();
    Arena arena;
    Fields fields;
    fields.add(arena, make_field(FieldId::connection, "close"));
    pair.server.respond(1, 200, {}, false);
    pair.server.offer_trailers(1, fields);
    pair.run();
    EXPECT_EQ(request.log, "head 200  end closed by both NO_ERROR");
}

TEST(h2_session, interim_heads_come_before_the_response) {
    Pair pair;
    auto& request = pair.request("POST", "/", false);
    pair.run();
    Arena arena;
    Fields fields;
    fields.add(arena, make_field(FieldId::link, "</a>"));
    pair.server.inform(1, 100, {});
    pair.server.inform(1, 103, fields);
    pair.run();
    EXPECT_EQ(request.log, "head 100  head 103 link=</a>|");
    pair.client.offer(1, "abc", true);
    pair.run();
    EXPECT_EQ(pair.server_owner.streams.at(1).log, "body 3 end");
    pair.server.respond(1, 200, {}, true);
    pair.run();
    EXPECT_EQ(request.log, "head 100  head 103 link=</a>| head 200  end closed by both NO_ERROR");
}

TEST(h2_session, the_client_resets) {
    Pair pair;
    auto& request = pair.request("POST", "/", false);
    request.send(pattern(200'000));
    pair.run();
    pair.client.reset(1, H2Code::cancel);
    pair.run();
    EXPECT_EQ(request.log, "") << "its owner asked for it, and is told nothing";
    EXPECT_EQ(pair.server_owner.streams.at(1).log, "body 200000 end closed by peer CANCEL");
    EXPECT_EQ(pair.server.open_streams() + pair.client.open_streams(), 0U);
    pair.server.offer(1, "too late", true);
    pair.server.respond(1, 200, {}, true);
    pair.server.consume(1, 5);
    pair.server.reset(1, H2Code::cancel);
    EXPECT_FALSE(pair.server.has_output()) << "what is said of a closed stream is not said";
}

TEST(h2_session, the_server_resets) {
    Pair pair;
    auto& request = pair.request("GET", "/");
    pair.run();
    auto& served = pair.server_owner.streams.at(1);
    pair.server.respond(1, 200, {}, false);
    served.send(pattern(20'000));
    (void)Pair::move(pair.server, pair.client, 1 << 20, 10'000);   // half of it
    pair.server.reset(1, H2Code::internal_error);
    served.to_send = "its memory is its own again";
    pair.run();
    EXPECT_EQ(request.log, "head 200  closed by peer INTERNAL_ERROR");
    EXPECT_EQ(served.log, "end");
    EXPECT_FALSE(pair.client.failure() || pair.server.failure());
}

TEST(h2_session, a_reset_before_the_request_was_sent_sends_nothing) {
    Pair pair;
    pair.run();
    auto& request = pair.request("POST", "/", false);
    pair.client.offer(request.id, "abc", true);
    pair.client.reset(request.id, H2Code::cancel);
    pair.run();
    EXPECT_TRUE(pair.server_owner.streams.empty());
    EXPECT_EQ(request.log, "");
    EXPECT_EQ(pair.client.open_streams(), 0U);
    auto& next = pair.request("GET", "/");
    pair.server_owner.on_request = answer_hello;
    pair.run();
    EXPECT_EQ(next.body, "hello");
}

}   // namespace
}   // namespace gatehouse::http
