// One request over a shared HTTP/2 connection: its windows, and the ways in which it can fail.

#include "tests/unit/upstream/h2_world.h"

namespace gatehouse::upstream {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::H2World;

constexpr std::size_t window = 64UL * 1024;
constexpr auto never_answers = [](http::H2ServerSession&, http::test::Owner&) {};

class H2StreamTest : public testing::Test, protected H2World {
protected:
    H2StreamTest() { on_request = never_answers; }
    // Until its stream is at the endpoint.
    Asked& asked(std::string body = {}, bool consumes = true) {
        auto& one = ask(std::move(body), consumes);
        settle();
        return one;
    }
};

TEST_F(H2StreamTest, what_nobody_takes_holds_up_the_endpoint) {
    auto& slow = asked({}, false);
    respond(1, std::string(4 * window, 'x'));
    settle();
    EXPECT_EQ(slow.stream.in.size(), window);
    slow.stream.consumed(window / 2);
    settle();
    EXPECT_GT(slow.stream.in.size(), window);
    EXPECT_LE(slow.stream.in.size(), window + window / 2);
    EXPECT_FALSE(slow.stream.peer_ended());
}

TEST_F(H2StreamTest, slow_streams_do_not_hold_up_another) {
    for (http::StreamId i = 0; i < 50; ++i) {
        asked({}, false);
        respond(2 * i + 1, std::string(2 * window, 'x'));
    }
    settle();
    const auto& quick = asked();
    respond(101, "body");
    settle();
    EXPECT_EQ(quick.result, "200 4");
    EXPECT_EQ(peers.size(), 1U);
}

TEST_F(H2StreamTest, an_endpoint_that_takes_nothing_holds_up_the_request) {
    on_request = [](http::H2ServerSession&, http::test::Owner& owner) { owner.consume_at_once = false; };
    const auto& upload = asked(std::string(4 * window, 'x'));
    auto& owner = request(1);
    EXPECT_EQ(owner.body.size(), window);
    EXPECT_FALSE(owner.ended);
    for (int i = 0; i < 8 && !owner.ended; ++i) {
        peer().session.consume(1, window);
        peer().say();
        settle();
    }
    EXPECT_TRUE(owner.ended);
    respond(1, "");
    settle();
    EXPECT_EQ(upload.result, "200");
}

TEST_F(H2StreamTest, a_request_that_is_not_taken_in_time_is_reset) {
    on_request = [](http::H2ServerSession&, http::test::Owner& owner) { owner.consume_at_once = false; };
    send_timeout = 5s;
    const auto& upload = asked(std::string(4 * window, 'x'));
    settle(10s);
    EXPECT_EQ(upload.result, name_of(ErrorCode::timed_out));
    EXPECT_TRUE(upload.stream.has_failed());
    EXPECT_EQ(request(1).how.code, http::H2Code::cancel);
}

TEST_F(H2StreamTest, a_refused_stream_was_not_processed) {
    auto& first = asked();
    peer().owner.accepts = false;
    const auto& refused = asked();
    EXPECT_TRUE(refused.is_over);
    EXPECT_TRUE(refused.stream.is_unprocessed());
    respond(1, "");   // the connection is not to blame
    settle();
    EXPECT_EQ(first.result, "200");
    EXPECT_FALSE(peer().was_closed);
}

TEST_F(H2StreamTest, goaway_spares_what_was_processed) {
    const auto& served = asked();
    peer().session.drain();
    peer().session.finish_drain();   // while another is on its way
    const auto& passed_over = ask();
    peer().say();
    settle();
    EXPECT_TRUE(passed_over.is_over);
    EXPECT_TRUE(passed_over.stream.is_unprocessed());
    EXPECT_FALSE(served.is_over);
    respond(1, "body");
    settle();
    EXPECT_EQ(served.result, "200 4");
    EXPECT_FALSE(served.stream.is_unprocessed());
    EXPECT_TRUE(peer().was_closed);
    asked();   // goes elsewhere
    EXPECT_EQ(requests_of(0), 1U);
    EXPECT_EQ(peers.size(), 2U);
}

TEST_F(H2StreamTest, a_reset_concerns_one_stream_only) {
    const auto& one = asked();
    const auto& other = asked();
    peer().session.reset(1, http::H2Code::internal_error);
    peer().say();
    settle();
    EXPECT_EQ(one.result, name_of(ErrorCode::reset));
    EXPECT_FALSE(one.stream.is_unprocessed());
    respond(3, "body");
    settle();
    EXPECT_EQ(other.result, "200 4");
}

TEST_F(H2StreamTest, a_whole_response_needs_no_more_of_its_request) {
    on_request = [](http::H2ServerSession& session, http::test::Owner& owner) {
        owner.consume_at_once = false;
        session.respond(owner.id, 200, {}, true);
    };
    const auto& upload = asked(std::string(4 * window, 'x'));
    settle();
    EXPECT_TRUE(upload.is_over);
    EXPECT_TRUE(upload.stream.peer_ended());
    EXPECT_FALSE(upload.stream.has_failed());
}

TEST_F(H2StreamTest, a_lost_connection_fails_what_is_on_it_behind_what_arrived) {
    auto& cut = asked({}, false);
    respond(1, std::string(2 * window, 'x'));
    settle();
    peer().close();
    settle();
    EXPECT_EQ(cut.stream.in.size(), window);
    EXPECT_TRUE(cut.stream.has_failed());
    EXPECT_FALSE(cut.stream.peer_ended());
    EXPECT_FALSE(cut.stream.is_unprocessed());
}

TEST_F(H2StreamTest, nobody_listens) {
    endpoint = std::make_shared<model::Endpoint>(model::addresses({"10.0.0.9:80"}), model::ServerEntry{});
    const auto& one = ask();
    const auto& other = ask();
    settle();
    EXPECT_EQ(one.result, name_of(ErrorCode::refused));
    EXPECT_EQ(other.result, name_of(ErrorCode::refused));
    EXPECT_EQ(pool.size(), 0U);
}

TEST_F(H2StreamTest, an_endpoint_without_settings_serves_nobody_else) {
    is_silent = true;
    read_timeout = 30s;
    const auto& first = ask();
    const auto& waiting = ask();
    settle(20s);
    EXPECT_EQ(waiting.result, name_of(ErrorCode::timed_out));
    EXPECT_EQ(pool.size(), 0U);
    settle(20s);
    EXPECT_EQ(first.result, name_of(ErrorCode::timed_out));
}

TEST_F(H2StreamTest, what_is_no_http_2_fails_the_request) {
    is_silent = true;
    const auto& one = asked();
    const std::string_view said = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    const iovec piece{const_cast<char*>(said.data()), said.size()};
    ASSERT_GT(outside.backend().write(peer().stream.channel().fd(), std::span(&piece, 1), false), 0);
    settle();
    EXPECT_EQ(one.result, name_of(ErrorCode::malformed));
    EXPECT_EQ(pool.size(), 0U);
}

// Its machine is gone, and no FIN will ever come.
TEST_F(H2StreamTest, after_a_silence_others_are_spared_the_connection) {
    read_timeout = 5s;
    const auto& first = asked();
    settle(10s);
    EXPECT_EQ(first.result, name_of(ErrorCode::timed_out));
    EXPECT_EQ(pool.size(), 0U);
    settle(10s);
    EXPECT_TRUE(peer().was_closed);
}

TEST_F(H2StreamTest, a_late_answer_alone_is_no_silence) {
    read_timeout = 5s;
    on_request = [](http::H2ServerSession& session, http::test::Owner& owner) {
        if (owner.id > 1) session.respond(owner.id, 200, {}, true);
    };
    const auto& late = asked();
    settle(3s);
    EXPECT_EQ(asked().result, "200");
    settle(3s);
    EXPECT_EQ(late.result, name_of(ErrorCode::timed_out));
    EXPECT_EQ(asked().result, "200");
    EXPECT_EQ(peers.size(), 1U);
}

// What it was sent last, and the GOAWAY, cannot be written any more.
TEST_F(H2StreamTest, an_endpoint_that_reads_nothing_does_not_keep_its_connection_for_ever) {
    limits.stream_window_bytes = limits.connection_window_bytes = 1 << 24;
    send_timeout = 5s;
    asked();
    peer().reads = false;
    const auto& upload = asked(std::string(1 << 22, 'x'));
    settle(20s);
    EXPECT_TRUE(upload.is_over);
    const auto open = world.descriptors().open_count();
    settle(2min);
    EXPECT_LT(world.descriptors().open_count(), open);
}

TEST_F(H2StreamTest, whoever_gives_up_tells_the_endpoint) {
    auto& one = asked({}, false);
    one.stream.reset(http::H2Code::cancel);
    settle();
    EXPECT_TRUE(request(1).closed);
    EXPECT_EQ(request(1).how.by, http::H2Closed::By::peer);
    EXPECT_EQ(request(1).how.code, http::H2Code::cancel);
    EXPECT_EQ(pool.size(), 1U);
}

}   // namespace
}   // namespace gatehouse::upstream
