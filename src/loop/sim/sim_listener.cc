#include "loop/sim/sim_listener.h"

#include "loop/sim/sim_world.h"

namespace gatehouse::loop {

void SimListener::enqueue(std::shared_ptr<SimConnection> connection) {
    queue_.push_back(std::move(connection));
    notify();
}

std::shared_ptr<SimConnection> SimListener::take() {
    if (queue_.empty()) return nullptr;
    auto connection = std::move(queue_.front());
    queue_.pop_front();
    return connection;
}

void SimListener::on_last_close() {
    world().network().unbind(address_);
    for (const auto& connection : queue_) connection->server()->abort();
    queue_.clear();
}

}   // namespace gatehouse::loop
