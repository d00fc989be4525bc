#pragma once
// A pool of HTTP/2 connections, and an endpoint whose side of each connection the test holds in its hand.

#include "loop/sim/sim_backend.h"
#include "tests/sim/accepting.h"
#include "tests/unit/http/h2_pair.h"
#include "tests/unit/model/endpoints.h"
#include "upstream/h2_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::upstream::test {

using namespace std::chrono_literals;
using loop::SimWorld;
using loop::Task;

// The endpoint's side of a connection.
class Peer {
public:
    Peer(loop::Loop& loop, int fd, const http::H2Limits& limits, bool is_silent)
        : stream(loop, fd), session(limits, owner), scope_(loop) {
        owner.session = &session;
        EXPECT_TRUE(stream.start().has_value());
        scope_.spawn(read(*this));
        if (!is_silent) scope_.spawn(write(*this));
    }
    Task<void> stop() { return scope_.close(); }
    void say() { output_.set(); }   // what the test had the session do
    void close() { stream.close(); }

    net::Stream stream;
    http::test::ServerOwner owner;
    http::H2ServerSession session;
    bool was_closed = false;   // by the gateway
    bool reads = true;

private:
    static Task<void> read(Peer& peer) {
        Buffer in;
        while (peer.reads) {
            const auto got = co_await peer.stream.read(in, Buffer::standard_bytes, loop::forever);
            peer.was_closed = !got || *got == 0;
            if (peer.was_closed) co_return;
            (void)peer.session.feed(in.view());
            in.clear();
            peer.say();
        }
    }
    static Task<void> write(Peer& peer) {
        Buffer out;
        while (true) {
            while (peer.session.has_output()) {
                peer.session.pull(out, Buffer::standard_bytes);
                if (out.empty()) break;
                const auto written = co_await peer.stream.write(out.view(), loop::forever);
                if (!written) co_return;
                out.clear();
            }
            peer.output_.clear();
            const auto more = co_await peer.output_.wait();
            if (!more) co_return;
        }
    }

    loop::Event output_;
    loop::Scope scope_;
};

// A request and what came of it.
struct Asked {
    H2Stream stream;
    std::string result;   // "200 body", or the error's name
    bool consumes = true;
    bool is_over = false;
};

class H2World {
public:
    H2World() {
        const auto address = model::address(endpoint->text);
        auto& backend = outside.backend();
        listener_.adopt(backend.socket(AF_INET, SOCK_STREAM));
        EXPECT_EQ(backend.listen(listener_.fd(), address.get(), address.length, 100), 0);
        EXPECT_TRUE(listener_.watch().has_value());
        endpoint_life_.spawn(accept(*this));
    }
    ~H2World() {
        askers_.cancel();
        settle();
        for (auto& one : asked_) one->stream.reset(http::H2Code::cancel);
        askers_.spawn(pool.close());
        settle();
        EXPECT_TRUE(askers_.empty());
        for (auto& peer : peers) endpoint_life_.spawn(peer->stop());
        listener_.close();
        settle();
        EXPECT_TRUE(endpoint_life_.empty());
        EXPECT_EQ(loop.armed_timers(), 0U);
    }
    H2World(const H2World&) = delete;
    H2World& operator=(const H2World&) = delete;

    [[nodiscard]] H2Wish wish() {
        H2Wish wish;
        wish.endpoint = endpoint;
        wish.keepalive = keepalive;
        wish.connect_timeout = 10s;
        wish.make_socket = [this](int family) -> Result<int> {
            return loop.backend().socket(family, SOCK_STREAM);
        };
        wish.is_fresh = is_fresh;
        return wish;
    }
    // Begins a request: GET, or POST with this body.
    Asked& ask(std::string body = {}, bool consumes = true) {
        auto& asked = *asked_.emplace_back(std::make_unique<Asked>());
        asked.consumes = consumes;
        askers_.spawn(ask(*this, asked, std::move(body)));
        return asked;
    }
    // The same, to its end.
    std::string answer() {
        auto& asked = ask();
        settle();
        return asked.result;
    }
    void settle(loop::Duration time = 100ms) {
        EXPECT_NE(world.run_until([] { return false; }, time), SimWorld::Outcome::spinning);
    }
    [[nodiscard]] Peer& peer(std::size_t number = 0) { return *peers.at(number); }
    // The request that came as this stream, of 1, 3, 5 …
    [[nodiscard]] http::test::Owner& request(http::StreamId id, std::size_t number = 0) {
        return peer(number).owner.streams.at(id);
    }
    [[nodiscard]] std::size_t requests_of(std::size_t number) { return peer(number).owner.streams.size(); }
    void respond(http::StreamId id, std::string body, std::size_t number = 0) {
        auto& owner = request(id, number);
        peer(number).session.respond(id, 200, {}, body.empty());
        if (!body.empty()) owner.send(std::move(body));
        peer(number).say();
    }

    SimWorld world{1};
    loop::Loop& loop = world.make_loop();
    loop::Loop& outside = world.make_loop();
    std::shared_ptr<model::Endpoint> endpoint =
        std::make_shared<model::Endpoint>(model::addresses({"10.0.0.1:80"}), model::ServerEntry{});
    model::KeepAlivePool keepalive;
    bool is_fresh = false;
    // Of the endpoint's connections from now on.
    http::H2Limits limits;
    bool is_silent = false;
    void (*on_request)(http::H2ServerSession&, http::test::Owner&) = [](auto& session, auto& owner) {
        session.respond(owner.id, 200, {}, true);
    };
    loop::Duration read_timeout = 60s, send_timeout = 60s;
    std::vector<std::unique_ptr<Peer>> peers;
    tls::ClientSessions sessions;
    H2Pool pool{loop, sessions};

private:
    static Task<void> accept(H2World& world) {
        while (true) {
            const auto fd = co_await simulation::AcceptOne(world.listener_);
            if (!fd) co_return;
            auto& peer = *world.peers.emplace_back(
                std::make_unique<Peer>(world.outside, *fd, world.limits, world.is_silent));
            peer.owner.on_request = world.on_request;
        }
    }
    static Task<void> ask(H2World& world, Asked& asked, std::string body) {
        auto outcome = co_await exchange(world, asked, std::move(body));
        if (!outcome) {
            asked.result = name_of(outcome.error().code);
            asked.stream.reset(http::H2Code::cancel);
        }
        asked.is_over = true;
    }
    static Task<Result<>> exchange(H2World& world, Asked& asked, std::string body) {
        auto& stream = asked.stream;
        world.pool.enter(stream, world.wish());
        if (const auto admitted = co_await stream.admitted(); !admitted) co_return admitted;
        const http::H2Outgoing outgoing{.method = body.empty() ? "GET" : "POST",
                                        .scheme = "http",
                                        .authority = "app.test",
                                        .path = "/",
                                        .protocol = {},
                                        .fields = nullptr,
                                        .ends = body.empty()};
        if (const auto sent = stream.submit(outgoing); !sent) co_return sent;
        if (!body.empty()) {
            const auto sent = co_await stream.send(body, true, world.send_timeout);
            if (!sent) co_return sent;
        }
        auto head = co_await stream.head(world.read_timeout);
        if (!head) co_return Failure(head.error());
        asked.result = std::to_string((*head)->head.status);
        while (asked.consumes) {
            const auto filled = co_await stream.fill(world.read_timeout);
            if (!filled) co_return filled;
            if (stream.in.empty()) break;
            asked.result += " " + std::to_string(stream.in.size());
            stream.consumed(stream.in.size());
            stream.in.clear();
        }
        co_return Result<>();
    }

    loop::Channel listener_{outside, -1};
    loop::Scope endpoint_life_{outside};
    std::vector<std::unique_ptr<Asked>> asked_;
    loop::Scope askers_{loop};
};

}   // namespace gatehouse::upstream::test
