// Tunnels over simulated connections: what goes in comes out at the other end, whatever the network does to
// it, and time and ends are what was agreed on.

#include "exchange/tunnel.h"

#include "loop/sim/sim_backend.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using std::chrono::milliseconds;
using std::chrono::seconds;
using End = Tunnel::End;

std::string pattern(std::size_t bytes, char start) {
    std::string text(bytes, start);
    for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(start + i % 61);
    return text;
}

// One of the two peers: sends what it is given as the network takes it, and keeps all that comes.
struct Peer {
    loop::SimBackend* backend = nullptr;
    int fd = -1;
    std::string to_send, received;
    bool half_closes = false;   // when all is sent
    bool ended = false;         // the other side has

    void step() {
        std::array<char, 4096> space;
        while (!ended) {
            const auto got = backend->read(fd, space);
            if (got < 0) break;
            ended = got == 0;
            received.append(space.data(), static_cast<std::size_t>(got));
        }
        while (!to_send.empty()) {
            const iovec piece{to_send.data(), to_send.size()};
            const auto took = backend->write(fd, std::span(&piece, 1), false);
            if (took <= 0) return;
            to_send.erase(0, static_cast<std::size_t>(took));
        }
        if (std::exchange(half_closes, false)) backend->shutdown_write(fd);
    }
};

class TunnelTest : public testing::Test {
protected:
    // `faults`: of the network to both peers and of the gateway's own calls.
    void open(TunnelSettings settings, std::uint64_t seed = 1, loop::FaultPlan faults = {}) {
        polling_ = false;
        world.emplace(seed);
        peers = world->make_backend(faults);
        on = &world->make_loop(faults);
        const int client_fd = connect(client, 80);
        const int endpoint_fd = connect(endpoint, 81);
        stream.emplace(*on, client_fd);
        EXPECT_TRUE(stream->start());
        model::ServerEntry server;
        place = std::make_shared<model::Endpoint>(std::vector<SocketAddress>{SocketAddress()}, server);
        auto connection = std::make_unique<upstream::Connection>(*on, endpoint_fd, place);
        EXPECT_TRUE(connection->stream.start());
        place->in_flight = 1;
        tunnel.emplace(*stream, std::move(connection), upstream::EndpointLease(place), settings);
        scope.emplace(*on);
    }
    ~TunnelTest() override {
        if (scope) {
            scope->cancel();
            EXPECT_TRUE(until([this] { return scope->empty(); }));
            scope.reset();
        }
        tunnel.reset();
        stream.reset();
    }

    void start() { scope->spawn(run(*tunnel, over)); }
    bool until(const std::function<bool()>& done, Duration limit = std::chrono::hours(1)) {
        const auto step = [&] {
            client.step();
            endpoint.step();
            return done();
        };
        // a peer looks again after a moment: it has no loop of its own
        poll();
        return world->run_until(step, limit) == loop::SimWorld::Outcome::met;
    }
    bool until_over() {
        return until([this] { return over; });
    }
    void pass(Duration time) {
        bool is_time = false;
        world->after(time, [&] { is_time = true; });
        EXPECT_TRUE(until([&] { return is_time; }));
    }

    std::optional<loop::SimWorld> world;
    std::unique_ptr<loop::SimBackend> peers;
    loop::Loop* on = nullptr;
    Peer client, endpoint;
    std::shared_ptr<model::Endpoint> place;
    std::optional<net::Stream> stream;
    std::optional<Tunnel> tunnel;
    std::optional<loop::Scope> scope;
    bool over = false;

private:
    static loop::Task<void> run(Tunnel& tunnel, bool& over) {
        co_await tunnel.run();
        over = true;
    }
    void poll() {
        if (std::exchange(polling_, true)) return;
        next_poll();
    }
    void next_poll() {
        world->after(milliseconds(1), [this] { next_poll(); });
    }
    // The gateway's end of a connection to the peer.
    int connect(Peer& peer, std::uint16_t port) {
        SocketAddress address;
        EXPECT_TRUE(SocketAddress::parse("127.0.0.1", port, address));
        auto& backend = on->backend();
        const int listener = backend.socket(AF_INET, SOCK_STREAM);
        EXPECT_EQ(backend.listen(listener, address.get(), address.length, 10), 0);
        peer.backend = peers.get();
        peer.fd = peers->socket(AF_INET, SOCK_STREAM);
        [[maybe_unused]] const int connecting = peers->connect(peer.fd, address.get(), address.length);
        sockaddr_storage from{};
        socklen_t length = 0;
        int accepted = -1;
        const auto accept = [&] { return (accepted = backend.accept(listener, from, length)) >= 0; };
        EXPECT_EQ(world->run_until(accept, seconds(10)), loop::SimWorld::Outcome::met);
        backend.close(listener);
        return accepted;
    }
    bool polling_ = false;
};

TEST_F(TunnelTest, carries_both_directions_unchanged_whatever_the_network_does) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        Random random(seed);
        loop::FaultPlan faults;
        faults.fragments = random.below(2) * 300;
        faults.stalls = random.below(2) * 20;
        faults.short_writes = random.below(2) * 300;
        faults.buffer_bytes_min = faults.buffer_bytes_max = 1024U << random.below(7);
        client = endpoint = {};
        over = false;
        open({.buffer_bytes = 1 + random.below(40000), .half_close = true}, seed, faults);
        const auto up = pattern(random.below(300000), 'A');
        const auto down = pattern(random.below(300000), 'a');
        client.to_send = up;
        endpoint.to_send = down;
        client.half_closes = endpoint.half_closes = true;
        start();
        ASSERT_TRUE(until_over()) << seed;
        ASSERT_TRUE(until([&] { return client.ended && endpoint.ended; })) << seed;
        EXPECT_EQ(endpoint.received, up) << seed;
        EXPECT_EQ(client.received, down) << seed;
        const auto& traffic = tunnel->traffic();
        EXPECT_EQ(traffic.from_client, up.size());
        EXPECT_EQ(traffic.to_endpoint, up.size());
        EXPECT_EQ(traffic.from_endpoint, down.size());
        EXPECT_EQ(traffic.to_client, down.size());
        EXPECT_EQ(place->in_flight, 0U) << "the place is given back";
        scope.reset();
        tunnel.reset();
        stream.reset();
    }
}

TEST_F(TunnelTest, ends_with_one_side_but_writes_first_what_that_one_sent) {
    loop::FaultPlan slow;
    slow.buffer_bytes_min = slow.buffer_bytes_max = 2048;
    open({}, 1, slow);
    const auto last = pattern(100000, 'A');
    client.to_send = last;
    client.half_closes = true;
    start();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(tunnel->facts().end, End::client);
    ASSERT_TRUE(until([&] { return endpoint.ended; }));
    EXPECT_EQ(endpoint.received, last);
}

TEST_F(TunnelTest, sends_first_what_had_come_before_and_counts_it_as_sent) {
    open({});
    Buffer first;
    first.append("PROXY header, ");
    tunnel->put_first(std::move(first));
    client.to_send = "hello";
    start();
    ASSERT_TRUE(until([&] { return endpoint.received == "PROXY header, hello"; }));
    EXPECT_EQ(tunnel->traffic().to_endpoint, 19U);
    EXPECT_EQ(tunnel->traffic().from_client, 5U);
    EXPECT_FALSE(tunnel->facts().first_byte_at);
    endpoint.to_send = "x";
    ASSERT_TRUE(until([&] { return client.received == "x"; }));
    EXPECT_TRUE(tunnel->facts().first_byte_at);
}

TEST_F(TunnelTest, idles_as_long_as_it_may_since_the_latest_byte_of_either_side) {
    open({.idle_limit = seconds(10)});
    start();
    for (int i = 0; i < 3; ++i) {
        pass(seconds(9));
        ASSERT_FALSE(over);
        (i % 2 == 0 ? client : endpoint).to_send = "x";
        pass(milliseconds(10));
    }
    const auto latest = world->now();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(tunnel->facts().end, End::timed_out);
    EXPECT_LE(world->now() - latest, seconds(10));
    EXPECT_GE(world->now() - latest, seconds(9));
}

TEST_F(TunnelTest, a_write_that_nobody_takes_has_a_limit_of_its_own) {
    loop::FaultPlan small;
    small.buffer_bytes_min = small.buffer_bytes_max = 2048;
    open({.idle_limit = seconds(2), .endpoint_write_limit = seconds(30)}, 1, small);
    endpoint.ended = true;   // it reads nothing
    client.to_send = pattern(1 << 20, 'A');
    start();
    const auto began = world->now();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(tunnel->facts().end, End::timed_out);
    EXPECT_GE(world->now() - began, seconds(30));
    EXPECT_LE(tunnel->traffic().from_client, 64U * 1024U) << "no more is read than is taken";
}

TEST_F(TunnelTest, keeps_to_a_rate) {
    open({.idle_limit = milliseconds(500), .upload_rate = 1000});
    client.to_send = pattern(3500, 'A');
    start();
    pass(milliseconds(1500));   // longer than it may idle: it waits for its rate, which is not idling
    EXPECT_EQ(endpoint.received.size(), 2000U);
    endpoint.to_send = pattern(50000, 'a');
    pass(milliseconds(100));
    EXPECT_EQ(client.received.size(), 50000U) << "the other direction has no rate";
    ASSERT_TRUE(until([&] { return endpoint.received.size() == 3500; }, seconds(2)));
}

TEST_F(TunnelTest, can_be_cut) {
    open({});
    client.to_send = "x";
    start();
    ASSERT_TRUE(until([&] { return endpoint.received == "x"; }));
    scope->cancel();
    ASSERT_TRUE(until_over());
    EXPECT_EQ(tunnel->facts().end, End::canceled);
    ASSERT_TRUE(until([&] { return client.ended && endpoint.ended; }));
}

}   // namespace
}   // namespace gatehouse::exchange
