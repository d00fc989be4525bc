#pragma once
// A worker's HTTP/2 connections to endpoints. A request enters as a stream and is put onto a connection that
// has room; with none, one is made, and whoever comes meanwhile waits for the same. Connections stay until
// they have idled for the service's idle time, served its number of requests, the endpoint says GOAWAY or
// falls silent, or descriptors run out. One worker's, on its loop's thread.

#include "loop/loop.h"
#include "model/service.h"
#include "upstream/h2_stream.h"
#include "upstream/secure.h"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::upstream {

// What a connection is to be.
struct H2Wish {
    std::shared_ptr<model::Endpoint> endpoint;
    std::shared_ptr<const tls::ClientContext> context;   // null: plain
    std::string name;                                    // of the certificate
    bool sends_name = false;
    model::KeepAlivePool keepalive;
    loop::Duration connect_timeout{};   // of the connection, the handshake, and the endpoint's SETTINGS
    // A socket of this family with its options set. Called until the connection is made: it holds what it
    // needs by itself.
    std::function<Result<int>(int family)> make_socket;
    bool is_shared = true;   // else a connection for one stream
    bool is_fresh = false;   // only a connection that has served nobody: a kept one was lost just now
};

class H2Pool {
public:
    explicit H2Pool(loop::Loop& loop, tls::ClientSessions& sessions);
    ~H2Pool();

    // H2Stream::admitted() says what becomes of it.
    void enter(H2Stream& stream, H2Wish wish);
    // Ends every connection, with GOAWAY as far as the endpoint takes it at once; for when no stream is left.
    [[nodiscard]] loop::Task<void> close();
    // Closes the connection that has idled longest, at once and with GOAWAY; false: none idles.
    bool shed_one();
    [[nodiscard]] std::size_t size() const { return size_; }   // connections that take streams

private:
    friend class H2Connection;
    struct Sweeper final : loop::Timer {
        explicit Sweeper(H2Pool& of) : pool(of) {}
        void fire() override { pool.sweep(); }
        H2Pool& pool;
    };
    using Connections = std::vector<H2Connection*>;
    [[nodiscard]] H2Connection* find(const H2Wish& wish) const;
    void remove(H2Connection& connection);   // it takes no more streams
    [[nodiscard]] std::size_t idle_count(const model::Endpoint& endpoint) const;
    void sweep();

    loop::Loop& loop_;
    tls::ClientSessions& sessions_;
    loop::Scope strands_;
    Sweeper sweeper_;
    IntrusiveList<H2Connection> all_;   // also those that take no more
    std::unordered_map<const model::Endpoint*, Connections> connections_;
    std::size_t size_ = 0;
};

}   // namespace gatehouse::upstream
