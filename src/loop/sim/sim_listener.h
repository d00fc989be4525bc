#pragma once
// SimListener: a listening socket with its bounded queue of connections nobody has accepted yet. Closing it
// resets those.

#include "loop/sim/sim_connection.h"

#include <deque>
#include <memory>

namespace gatehouse::loop {

class SimListener final : public SimFile {
public:
    SimListener(SimWorld& world, const SocketAddress& address, int backlog)
        : SimFile(world), address_(address), backlog_(static_cast<std::size_t>(backlog)) {}

    [[nodiscard]] Readiness poll() override { return {.readable = !queue_.empty()}; }
    [[nodiscard]] bool full() const {
        return queue_.size() > backlog_;
    }   // as Linux: one more than the backlog
    void enqueue(std::shared_ptr<SimConnection> connection);
    [[nodiscard]] std::shared_ptr<SimConnection> take();   // null: empty
    [[nodiscard]] SocketAddress& address() { return address_; }

private:
    void on_last_close() override;
    SocketAddress address_;
    std::size_t backlog_;
    std::deque<std::shared_ptr<SimConnection>> queue_;
};

}   // namespace gatehouse::loop
