#pragma once
// Worker: one thread's share of the gateway: its loop's listeners, client connections and upstream pools. It
// owns every connection it accepted, in one Scope. All calls on the loop's thread (control posts to it). What
// workers share is in Shared: the log writer, the service directory, and counters.

#include "exchange/counters.h"
#include "loop/background.h"
#include "loop/loop.h"
#include "model/publication.h"

#include <functional>
#include <memory>

namespace gatehouse::log {
class LogWriter;
}

namespace gatehouse::exchange {

struct Shared {
    log::LogWriter& logs;
    model::ServiceDirectory& services;
    CounterBoard counters;
    loop::Background* background = nullptr;   // for what takes long; null: in place
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
