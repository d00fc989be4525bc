#pragma once
// A worker's idle upstream connections, per endpoint, most recently used first (its caches are warm). A
// connection that the endpoint closed meanwhile, that spoke out of turn or idled too long is never handed
// out. Limits and idle time are the service's. Owned by one worker, on its loop's thread; sweep() runs once a
// second.

#include "base/intrusive_list.h"
#include "loop/loop.h"
#include "model/service.h"
#include "net/stream.h"

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace gatehouse::upstream {

// What a connection with TLS was made for: it serves nobody who wants another.
struct Security {
    std::shared_ptr<const tls::ClientContext> context;
    std::string name;   // that the certificate was compared with
};

struct Connection : ListNode {   // of its pool, while it idles
    Connection(loop::Loop& loop, int fd, std::shared_ptr<model::Endpoint> to)
        : stream(loop, fd), endpoint(std::move(to)) {}

    net::Stream stream;
    Buffer in;   // read and not yet consumed
    std::shared_ptr<model::Endpoint> endpoint;
    std::unique_ptr<const Security> security;   // null: plain
    loop::TimePoint opened, idle_since;
    loop::Duration idle_limit{};
    std::uint32_t requests = 0;   // served before the present one
    [[nodiscard]] bool is_reused() const { return requests > 0; }
};
using ConnectionPtr = std::unique_ptr<Connection>;

class Pool {
public:
    explicit Pool(loop::Loop& loop) : loop_(loop), sweeper_(*this) {}

    // Null: none usable. `context` and `name`: how it must be secured; null: not at all.
    [[nodiscard]] ConnectionPtr take(const model::Endpoint& endpoint,
                                     const tls::ClientContext* context = nullptr, std::string_view name = {});
    // Keeps it if the service's limits allow, else closes it. It must be between messages, with nothing
    // unread.
    void give(ConnectionPtr connection, const model::KeepAlivePool& limits);
    void clear();
    [[nodiscard]] std::size_t idle_count() const { return count_; }
    [[nodiscard]] std::size_t endpoint_count() const { return idle_.size(); }   // of those remembered
    bool shed_one();   // closes the one idle longest; false: there is none

private:
    struct Sweeper final : loop::Timer {
        explicit Sweeper(Pool& of) : pool(of) {}
        void fire() override { pool.sweep(); }
        Pool& pool;
    };
    using Idle = std::vector<ConnectionPtr>;   // oldest first
    void sweep();
    void close(Connection& connection);

    loop::Loop& loop_;
    Sweeper sweeper_;
    std::unordered_map<const model::Endpoint*, Idle> idle_;
    IntrusiveList<Connection> by_age_;   // longest idle first, whatever the endpoint
    std::size_t count_ = 0;
};

}   // namespace gatehouse::upstream
