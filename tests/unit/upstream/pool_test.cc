// The pool over simulated connections: what it keeps, what it hands out, and when it lets go.

#include "upstream/pool.h"
#include "loop/sim/sim_backend.h"
#include "tests/unit/model/endpoints.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

namespace gatehouse::upstream {
namespace {

using namespace std::chrono_literals;
using loop::SimWorld;

loop::Task<void> connect(Connection& connection, Result<>& result) {
    const auto& to = connection.endpoint->addresses.front();
    result = co_await connection.stream.connect(to, 10s);
}

// A pool, two endpoints, and the other ends of all connections, which the test holds in its hand.
class PoolWorld {
public:
    PoolWorld() {
        for (auto& endpoint : endpoints) {
            const auto address = model::address(endpoint->text);
            const int fd = peers_->socket(AF_INET, SOCK_STREAM);
            EXPECT_EQ(peers_->listen(fd, address.get(), address.length, 100), 0);
            listeners_[endpoint.get()] = fd;
        }
    }
    ~PoolWorld() {
        pool.clear();
        EXPECT_EQ(loop.armed_timers(), 0U);
    }
    PoolWorld(const PoolWorld&) = delete;
    PoolWorld& operator=(const PoolWorld&) = delete;

    // A connection that has served its first request; ids count from 0.
    ConnectionPtr open(std::size_t endpoint = 0) {
        const auto& to = endpoints.at(endpoint);
        auto connection = std::make_unique<Connection>(loop, loop.backend().socket(AF_INET, SOCK_STREAM), to);
        connection->opened = loop.now();
        Result<> result = fail(ErrorCode::closed, "not run");
        loop::Scope scope(loop);
        scope.spawn(connect(*connection, result));
        EXPECT_EQ(world.run_until([&] { return scope.empty(); }, 1min), SimWorld::Outcome::met);
        EXPECT_TRUE(result.has_value());
        sockaddr_storage from{};
        socklen_t length = 0;
        peer_fds_.push_back(peers_->accept(listeners_.at(to.get()), from, length));
        ids_[connection.get()] = peer_fds_.size() - 1;
        return connection;
    }
    void give(ConnectionPtr connection) { pool.give(std::move(connection), limits); }
    // Opens so many, which are given in this order: 0 is idle longest.
    void fill(int count, std::size_t endpoint = 0) {
        for (int i = 0; i < count; ++i) {
            give(open(endpoint));
            pass(1ms);
        }
    }
    [[nodiscard]] std::optional<std::size_t> id(const ConnectionPtr& connection) const {
        if (connection == nullptr) return std::nullopt;
        return ids_.at(connection.get());
    }
    // What is taken is kept open by the test.
    std::optional<std::size_t> take(std::size_t endpoint = 0) {
        auto connection = pool.take(*endpoints.at(endpoint));
        if (connection == nullptr) return std::nullopt;
        in_use.push_back(std::move(connection));
        return id(in_use.back());
    }
    void pass(loop::Duration time) {
        bool over = false;
        world.after(time, [&] { loop.post([&] { over = true; }); });
        EXPECT_EQ(world.run_until([&] { return over; }, 2 * time), SimWorld::Outcome::met);
    }

    // What the endpoint does, and what it sees.
    void peer_closes(std::size_t id) { peers_->close(peer_fds_.at(id)); }
    void peer_resets(std::size_t id) { peers_->reset(peer_fds_.at(id)); }
    void peer_says(std::size_t id, std::string text) {
        const iovec piece{text.data(), text.size()};
        EXPECT_EQ(peers_->write(peer_fds_.at(id), std::span(&piece, 1), false),
                  static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] bool peer_sees_end(std::size_t id) {
        pass(1ms);
        char byte = 0;
        const auto got = peers_->read(peer_fds_.at(id), std::span(&byte, 1));
        return got == 0 || got == -ECONNRESET;
    }

    SimWorld world{1};
    loop::Loop& loop = world.make_loop();
    std::vector<std::shared_ptr<model::Endpoint>> endpoints = {
        std::make_shared<model::Endpoint>(model::addresses({"10.0.0.1:80"}), model::ServerEntry{}),
        std::make_shared<model::Endpoint>(model::addresses({"10.0.0.2:80"}), model::ServerEntry{})};
    model::KeepAlivePool limits;
    std::vector<ConnectionPtr> in_use;
    Pool pool{loop};

private:
    std::unique_ptr<loop::SimBackend> peers_ = world.make_backend();
    std::map<const model::Endpoint*, int> listeners_;
    std::vector<int> peer_fds_;
    std::map<const Connection*, std::size_t> ids_;
};

class PoolTest : public testing::Test, protected PoolWorld {};

TEST_F(PoolTest, hands_out_the_most_recently_used_first) {
    fill(3);
    EXPECT_EQ(pool.idle_count(), 3U);
    EXPECT_EQ(take(), 2U);
    give(std::move(in_use.back()));
    EXPECT_EQ(take(), 2U);
    EXPECT_EQ(take(), 1U);
    EXPECT_EQ(take(), 0U);
    EXPECT_EQ(take(), std::nullopt);
    EXPECT_EQ(pool.idle_count(), 0U);
}

TEST_F(PoolTest, keeps_endpoints_apart) {
    fill(1, 0);
    EXPECT_EQ(take(1), std::nullopt);
    fill(1, 1);
    EXPECT_EQ(take(1), 1U);
    EXPECT_EQ(take(0), 0U);
}

TEST_F(PoolTest, tells_a_reused_connection) {
    auto connection = open();
    EXPECT_FALSE(connection->is_reused());
    give(std::move(connection));
    connection = pool.take(*endpoints[0]);
    EXPECT_TRUE(connection->is_reused());
}

TEST_F(PoolTest, beyond_idle_connections_closes_the_longest_idle_of_the_endpoint) {
    limits.idle_connections = 2;
    fill(1, 1);   // 0, of the other endpoint: idle longest, but not meant
    fill(3, 0);
    EXPECT_EQ(pool.idle_count(), 3U);
    EXPECT_TRUE(peer_sees_end(1));
    for (const std::size_t kept : {0, 2, 3}) EXPECT_FALSE(peer_sees_end(kept)) << kept;
    EXPECT_EQ(take(0), 3U);
    EXPECT_EQ(take(0), 2U);
    EXPECT_EQ(take(0), std::nullopt);
}

TEST_F(PoolTest, with_idle_connections_0_keeps_none) {
    limits.idle_connections = 0;
    fill(1);
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_TRUE(peer_sees_end(0));
}

TEST_F(PoolTest, closes_a_connection_that_served_its_requests) {
    limits.requests = 3;
    fill(1);
    for (int request = 2; request <= 3; ++request) {
        auto connection = pool.take(*endpoints[0]);
        ASSERT_NE(connection, nullptr) << "for request " << request;
        give(std::move(connection));
    }
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_TRUE(peer_sees_end(0));
}

TEST_F(PoolTest, closes_a_connection_when_its_time_is_over_and_not_before) {
    limits.time = 10s;
    auto connection = open();
    pass(9s);
    give(std::move(connection));
    connection = pool.take(*endpoints[0]);
    ASSERT_NE(connection, nullptr);
    pass(1s);
    give(std::move(connection));
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_TRUE(peer_sees_end(0));
}

TEST_F(PoolTest, closes_what_was_idle_for_idle_timeout) {
    limits.idle_timeout = 5s;
    fill(1);
    pass(3s);
    fill(1);
    pass(1s);
    EXPECT_FALSE(peer_sees_end(0));
    pass(2s);   // it is looked at once a second
    EXPECT_TRUE(peer_sees_end(0));
    EXPECT_FALSE(peer_sees_end(1));
    EXPECT_EQ(take(), 1U);
}

TEST_F(PoolTest, never_hands_out_what_was_idle_for_idle_timeout) {
    limits.idle_timeout = 300ms;   // less than what lies between two looks
    fill(1);
    pass(400ms);
    EXPECT_EQ(pool.idle_count(), 1U) << "nobody has looked yet";
    EXPECT_EQ(take(), std::nullopt);
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_TRUE(peer_sees_end(0));
    fill(1);
    pass(200ms);
    EXPECT_EQ(take(), 1U);
}

TEST_F(PoolTest, use_begins_the_idle_time_anew) {
    limits.idle_timeout = 5s;
    fill(1);
    pass(4s);
    ASSERT_EQ(take(), 0U);
    pass(20s);
    give(std::move(in_use.back()));
    pass(4s);
    EXPECT_EQ(take(), 0U);
}

TEST_F(PoolTest, has_no_timer_while_nothing_is_idle) {
    EXPECT_EQ(loop.armed_timers(), 0U);
    limits.idle_timeout = 2s;
    fill(2);
    EXPECT_EQ(loop.armed_timers(), 1U);
    pass(5s);
    EXPECT_EQ(loop.armed_timers(), 0U);
    fill(1);
    pass(5s);
    EXPECT_TRUE(peer_sees_end(2)) << "and has one again when something is";
}

TEST_F(PoolTest, never_hands_out_what_the_endpoint_closed) {
    fill(3);
    peer_closes(2);
    pass(1ms);
    EXPECT_EQ(take(), 1U);
    peer_resets(0);
    pass(1ms);
    EXPECT_EQ(take(), std::nullopt);
    EXPECT_EQ(pool.idle_count(), 0U);
}

TEST_F(PoolTest, never_hands_out_what_spoke_out_of_turn) {
    fill(2);
    peer_says(1, "HTTP/1.1 408 Request Timeout\r\n");
    pass(1ms);
    EXPECT_EQ(take(), 0U);
    EXPECT_TRUE(peer_sees_end(1));
}

TEST_F(PoolTest, closes_what_the_endpoint_closed_although_nobody_asks_for_it) {
    fill(2);
    peer_closes(0);
    pass(2s);
    EXPECT_EQ(pool.idle_count(), 1U);
    EXPECT_EQ(take(), 1U);
}

TEST_F(PoolTest, takes_no_connection_with_something_unread) {
    auto connection = open();
    connection->in.append("x");
    give(std::move(connection));
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_TRUE(peer_sees_end(0));
}

TEST_F(PoolTest, gives_back_the_buffer_of_an_idle_connection) {
    auto connection = open();
    connection->in.append("x");
    connection->in.consume(1);
    ASSERT_GT(connection->in.capacity(), 0U);
    give(std::move(connection));
    connection = pool.take(*endpoints[0]);
    EXPECT_EQ(connection->in.capacity(), 0U);
}

TEST_F(PoolTest, sheds_the_one_idle_longest_of_all_endpoints) {
    EXPECT_FALSE(pool.shed_one());
    fill(1, 1);
    fill(1, 0);
    ASSERT_EQ(take(1), 0U);
    pass(1ms);
    give(std::move(in_use.back()));   // used since: 1 is idle longer now
    EXPECT_TRUE(pool.shed_one());
    EXPECT_TRUE(peer_sees_end(1));
    EXPECT_FALSE(peer_sees_end(0));
    EXPECT_TRUE(pool.shed_one());
    EXPECT_TRUE(peer_sees_end(0));
    EXPECT_FALSE(pool.shed_one());
}

TEST_F(PoolTest, never_sheds_what_is_in_use) {
    fill(1);
    ASSERT_EQ(take(), 0U);
    EXPECT_FALSE(pool.shed_one());
    pass(2min);
    EXPECT_FALSE(peer_sees_end(0));
}

TEST_F(PoolTest, clear_closes_all_and_leaves_no_timer) {
    fill(2, 0);
    fill(1, 1);
    pool.clear();
    EXPECT_EQ(pool.idle_count(), 0U);
    EXPECT_EQ(loop.armed_timers(), 0U);
    for (const std::size_t closed : {0, 1, 2}) EXPECT_TRUE(peer_sees_end(closed)) << closed;
    EXPECT_EQ(take(), std::nullopt);
}

// Containers come and go: what is remembered of endpoints must not grow with all there ever were.
TEST_F(PoolTest, forgets_endpoints_without_idle_connections) {
    for (std::size_t endpoint : {0, 1}) {
        fill(1, endpoint);
        take(endpoint);
    }
    pass(2s);
    EXPECT_EQ(pool.endpoint_count(), 0U);
}

// Whatever happens in whatever order: the pool is a stack from which the unusable vanish.
RC_GTEST_PROP(pool, is_a_stack_without_what_is_unusable, ()) {
    PoolWorld world;
    world.limits.idle_connections = 3;
    std::vector<std::size_t> idle;   // as it should be, longest idle first
    std::vector<std::size_t> unusable;
    const auto expect_taken = [&](std::optional<std::size_t> taken) {
        while (!idle.empty() && std::ranges::count(unusable, idle.back()) > 0) idle.pop_back();
        const auto due = idle.empty() ? std::nullopt : std::optional(idle.back());
        if (!idle.empty()) idle.pop_back();
        RC_ASSERT(taken == due);
    };
    const auto give = [&](ConnectionPtr connection) {
        if (idle.size() == world.limits.idle_connections) idle.erase(idle.begin());
        idle.push_back(*world.id(connection));
        world.give(std::move(connection));
    };
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
    for (const int step : steps) {
        if (step == 0) give(world.open());
        if (step == 1) expect_taken(world.take());
        if (step == 2 && !world.in_use.empty()) {
            auto connection = std::move(world.in_use.back());
            world.in_use.pop_back();
            give(std::move(connection));
        }
        if (step == 3 && world.pool.shed_one()) idle.erase(idle.begin());
        if (step >= 4 && !idle.empty()) {
            const auto id = idle[static_cast<std::size_t>(*rc::gen::inRange<std::size_t>(0, idle.size()))];
            if (std::ranges::count(unusable, id) > 0) continue;
            unusable.push_back(id);
            step == 4 ? world.peer_closes(id) : world.peer_says(id, "?");
            world.pass(1ms);
        }
        RC_ASSERT(world.pool.idle_count() == idle.size());
    }
}

}   // namespace
}   // namespace gatehouse::upstream
