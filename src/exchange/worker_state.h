#pragma once
// What one worker owns, seen by its connections and exchanges: the publication in force, pools, caches and
// log batches. One thread; no locks.

#include "base/intrusive_list.h"
#include "base/random.h"
#include "exchange/client_connection.h"
#include "exchange/log_batch.h"
#include "exchange/system_facts.h"
#include "exchange/worker.h"
#include "http/date.h"
#include "loop/strand.h"
#include "upstream/h2_pool.h"
#include "upstream/pool.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::exchange {

class FileCache;
class H2Connection;

// A listening socket as this worker sees it; the descriptor is the process's. Its publication is the one in
// force, or the last that still had this listener: what its remaining connections are served by.
struct Port {
    Port(loop::Loop& loop, int fd) : channel(loop, fd), listening_fd(fd) {}
    ~Port() { leave(); }
    Port(const Port&) = delete;
    Port& operator=(const Port&) = delete;
    void leave() {   // accept no more
        if (channel.is_open()) [[maybe_unused]]
            const int fd = channel.release();
    }

    // Who was the last of a port that was left lets its publication go as well.
    void drop_user() {
        if (--users > 0 || channel.is_open()) return;
        listener = nullptr;
        publication = nullptr;
    }
    [[nodiscard]] bool is_done() const { return !channel.is_open() && users == 0 && tunnels == 0; }

    loop::Channel channel;
    const int listening_fd;
    std::shared_ptr<const model::Publication> publication;   // a reference count of this worker's own
    const model::Snapshot::CompiledListener* listener = nullptr;
    unsigned users = 0;     // connections, and the strand that accepts
    unsigned tunnels = 0;   // connections that need nothing of the publication any more
};

// The default site's: what holds before a host is known.
[[nodiscard]] inline const model::ConnectionSettings& settings_of(const ClientConnection& connection) {
    return connection.port.listener->sites.default_site().connection;
}

class WorkerState {
public:
    WorkerState(loop::Loop& on, Shared& with, unsigned worker_index, unsigned workers);
    ~WorkerState();

    loop::Loop& loop;
    Shared& shared;
    Counters& counters;   // this worker's own
    const unsigned index, worker_count;
    loop::Scope scope;   // accept loops and connections
    IntrusiveList<ClientConnection>
        idle;   // longest idle first; those that became readable wait for their turn
    IntrusiveList<H2Connection> h2_connections;
    upstream::Pool pool;
    tls::ClientSessions tls_sessions;   // with endpoints
    upstream::H2Pool h2_pool;
    std::vector<std::unique_ptr<Port>> ports;
    std::unique_ptr<FileCache> files;
    LogBatch logs;
    http::DateCache dates;
    Random random;
    std::size_t connections = 0;
    bool draining = false;
    unsigned mirrored_requests = 0;   // under way (mirror.h)
    std::size_t mirrored_bytes = 0;   // of their bodies
    // Services named at run time that this worker used: control keeps them, and drops those that nobody uses.
    // Forgotten all together when there are too many.
    static constexpr std::size_t run_time_service_limit = 1024;
    std::unordered_map<std::string, std::weak_ptr<const model::Service>> run_time_services;
    void remember_service(const std::string& key, const std::shared_ptr<const model::Service>& service) {
        if (run_time_services.size() >= run_time_service_limit) run_time_services.clear();
        run_time_services[key] = service;
    }

    // The endpoint set in force, refreshed when control replaced it.
    [[nodiscard]] const std::shared_ptr<const model::EndpointSet>& endpoints_of(
        const model::Service& service);
    void forget_endpoints() { views_.clear(); }
    // Closes the client connection that has been idle longest, never one whose request has arrived and waits
    // for its turn; false: there is none.
    bool close_longest_idle();
    // The same, or else the upstream connection idle longest.
    bool shed_idle();
    [[nodiscard]] std::time_t unix_time() const {
        return std::chrono::system_clock::to_time_t(
            std::chrono::time_point_cast<std::chrono::system_clock::duration>(loop.wall_time()));
    }

    // Now, as access logs write it; until the next call.
    [[nodiscard]] std::string_view local_date() {
        const auto now = unix_time();
        return dates.log_date(now, utc_offset_minutes(now));
    }

private:
    struct View {
        std::shared_ptr<const model::ServiceState> state;
        std::uint64_t version = 0;
        std::shared_ptr<const model::EndpointSet> endpoints;
    };
    std::unordered_map<const model::ServiceState*, View> views_;
};

}   // namespace gatehouse::exchange
