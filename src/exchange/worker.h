#pragma once
// Worker: one thread's share of the gateway: its loop's listeners, client connections and upstream pools. It
// owns every connection it accepted, in one Scope. All calls on the loop's thread (control posts to it). What
// workers share is in Shared: the log writer, the service directory, and counters.

#include "loop/loop.h"
#include "model/publication.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace gatehouse::log {
class LogWriter;
}

namespace gatehouse::exchange {

// Counters over all workers (stub_status and limits); relaxed.
struct Counters {
    std::atomic<std::uint64_t> accepted{0}, handled{0}, requests{0};
    std::atomic<std::int64_t> active{0}, reading{0}, writing{0}, waiting{0};
    std::atomic<std::uint64_t> connection_number{0};
    std::atomic<std::uint64_t> shed_for_descriptors{
        0};   // idle connections closed because descriptors ran out
};

struct Shared {
    log::LogWriter& logs;
    model::ServiceDirectory& services;
    Counters counters;
};

class Worker {
public:
    Worker(loop::Loop& loop, Shared& shared, unsigned index, unsigned worker_count);
    ~Worker();   // only after drained

    // Accept on these sockets and serve new requests by this snapshot; exchanges under way keep theirs.
    void apply(std::shared_ptr<const model::Publication> publication);
    // Stop accepting, close idle connections, let exchanges finish; what still runs after `limit` is cut
    // (forever: never). `done` is called once nothing is left.
    void drain(loop::Duration limit, std::function<void()> done);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}   // namespace gatehouse::exchange
