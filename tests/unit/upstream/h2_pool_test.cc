// The pool of HTTP/2 connections: who shares one, when another is made, and when they go.

#include "tests/unit/upstream/h2_world.h"

namespace gatehouse::upstream {
namespace {

using namespace std::chrono_literals;
using test::Asked;
using test::H2World;

constexpr auto never_answers = [](http::H2ServerSession&, http::test::Owner&) {};

class H2PoolTest : public testing::Test, protected H2World {
protected:
    [[nodiscard]] bool was_told_goodbye(std::size_t number = 0) {
        return peer(number).owner.log.starts_with("goaway NO_ERROR");
    }
};

TEST_F(H2PoolTest, requests_share_a_connection) {
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(peers.size(), 1U);
    EXPECT_EQ(requests_of(0), 2U);
    EXPECT_EQ(pool.size(), 1U);
}

TEST_F(H2PoolTest, whoever_comes_while_a_connection_is_made_waits_for_it) {
    std::vector<Asked*> all;
    for (int i = 0; i < 20; ++i) all.push_back(&ask());
    settle();
    for (const auto* asked : all) EXPECT_EQ(asked->result, "200");
    EXPECT_EQ(peers.size(), 1U);
    EXPECT_FALSE(all.front()->stream.was_reused());
    EXPECT_TRUE(all.back()->stream.was_reused());
}

TEST_F(H2PoolTest, more_streams_than_an_endpoint_takes_make_more_connections) {
    limits.concurrent_streams = 2;
    on_request = never_answers;
    for (int i = 0; i < 5; ++i) ask();
    settle();
    ASSERT_EQ(peers.size(), 3U);
    EXPECT_EQ(requests_of(0), 2U);
    EXPECT_EQ(requests_of(1), 2U);
    EXPECT_EQ(requests_of(2), 1U);
    respond(1, "", 0);   // what is free again is used before another is made
    settle();
    ask();
    ask();
    settle();
    EXPECT_EQ(peers.size(), 3U);
}

TEST_F(H2PoolTest, an_endpoint_that_takes_no_streams_at_all_is_not_asked_for_ever) {
    limits.concurrent_streams = 0;
    std::vector<Asked*> all;
    for (int i = 0; i < 5; ++i) all.push_back(&ask());
    settle(1s);
    for (const auto* asked : all) EXPECT_TRUE(asked->is_over) << asked->result;
}

TEST_F(H2PoolTest, a_connection_that_the_endpoint_closed_is_not_used_again) {
    EXPECT_EQ(answer(), "200");
    peer().close();
    settle();
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(peers.size(), 2U);
}

TEST_F(H2PoolTest, after_so_many_requests_a_connection_ends) {
    keepalive.requests = 3;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(answer(), "200");
    EXPECT_EQ(requests_of(0), 3U);
    EXPECT_EQ(requests_of(1), 1U);
    EXPECT_TRUE(was_told_goodbye());
    EXPECT_TRUE(peer().was_closed);
}

TEST_F(H2PoolTest, the_last_request_of_a_connection_is_served_to_its_end) {
    keepalive.requests = 1;
    on_request = never_answers;
    const auto& first = ask();
    settle();
    EXPECT_EQ(pool.size(), 0U);
    EXPECT_FALSE(peer().was_closed);
    respond(1, "body");
    settle();
    EXPECT_EQ(first.result, "200 4");
    EXPECT_TRUE(peer().was_closed);
}

TEST_F(H2PoolTest, a_connection_ends_when_it_is_too_old) {
    keepalive.time = 10min;
    keepalive.idle_timeout = 1h;
    EXPECT_EQ(answer(), "200");
    settle(9min);
    EXPECT_EQ(answer(), "200");
    settle(2min);
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(requests_of(0), 3U);
    EXPECT_EQ(requests_of(1), 1U);
}

TEST_F(H2PoolTest, an_idle_connection_ends_in_time) {
    keepalive.idle_timeout = 5s;
    EXPECT_EQ(answer(), "200");
    settle(4s);
    EXPECT_FALSE(peer().was_closed);
    settle(3s);
    EXPECT_TRUE(peer().was_closed);
    EXPECT_TRUE(was_told_goodbye());
    EXPECT_EQ(pool.size(), 0U);
}

TEST_F(H2PoolTest, a_connection_with_a_stream_does_not_idle) {
    keepalive.idle_timeout = 5s;
    read_timeout = 1h;
    on_request = never_answers;
    const auto& asked = ask();
    settle(1min);
    respond(1, "");
    settle(1s);
    EXPECT_EQ(asked.result, "200");
    EXPECT_FALSE(peer().was_closed);   // its idle time begins now
    settle(6s);
    EXPECT_TRUE(peer().was_closed);
}

TEST_F(H2PoolTest, so_many_idle_connections_are_kept) {
    keepalive.idle_connections = 1;
    limits.concurrent_streams = 1;
    on_request = never_answers;
    for (int i = 0; i < 3; ++i) ask();
    settle();
    ASSERT_EQ(peers.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) respond(1, "", i);
    settle();
    EXPECT_EQ(std::ranges::count_if(peers, [](const auto& one) { return one->was_closed; }), 2);
    EXPECT_EQ(pool.size(), 1U);
}

TEST_F(H2PoolTest, none_is_kept_where_none_may_idle) {
    keepalive.idle_connections = 0;
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(peers.size(), 2U);
    EXPECT_TRUE(peer(1).was_closed);
}

TEST_F(H2PoolTest, a_fresh_connection_is_made_for_whoever_wants_one) {
    EXPECT_EQ(answer(), "200");
    is_fresh = true;
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(peers.size(), 2U);
    is_fresh = false;
    EXPECT_EQ(answer(), "200");
    EXPECT_EQ(peers.size(), 2U);
}

TEST_F(H2PoolTest, for_want_of_descriptors_the_longest_idle_goes_at_once) {
    limits.concurrent_streams = 1;
    on_request = never_answers;
    for (int i = 0; i < 3; ++i) ask();
    settle();
    respond(1, "", 1);
    settle();
    respond(1, "", 0);
    settle();
    const auto open = world.descriptors().open_count();
    EXPECT_TRUE(pool.shed_one());
    EXPECT_LT(world.descriptors().open_count(), open);
    settle();
    EXPECT_TRUE(was_told_goodbye(1));
    EXPECT_TRUE(peer(1).was_closed);
    EXPECT_TRUE(pool.shed_one());
    settle();
    EXPECT_TRUE(peer(0).was_closed);
    EXPECT_FALSE(pool.shed_one());   // the third is in use
    EXPECT_FALSE(peer(2).was_closed);
}

TEST_F(H2PoolTest, at_its_end_every_connection_is_told) {
    EXPECT_EQ(answer(), "200");
    is_fresh = true;
    EXPECT_EQ(answer(), "200");
    loop::Scope closing(loop);
    closing.spawn(pool.close());
    settle();
    EXPECT_TRUE(closing.empty());
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(was_told_goodbye(i));
        EXPECT_TRUE(peer(i).was_closed);
    }
}

}   // namespace
}   // namespace gatehouse::upstream
