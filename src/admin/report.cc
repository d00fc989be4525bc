#include "admin/report.h"

#include <algorithm>

namespace gatehouse::admin {

ServerNow server_now(const Service& service, std::size_t index) {
    const Server& server = service.servers.at(index);
    if (server.weight == 0) return {.state = ServerState::off};
    if (service.live == nullptr || service.live->state == nullptr) return {};
    const auto endpoints = service.live->state->endpoints();
    if (endpoints == nullptr) return {.state = ServerState::unresolved};
    ServerNow now{.state = ServerState::unresolved};
    for (const auto& endpoint : endpoints->primary) {
        if (endpoint->server.written != server.written) continue;
        const auto most = endpoint->server.max_fails;
        const bool fails = most != 0 && endpoint->failures.load(std::memory_order_relaxed) >= most;
        const auto state = endpoint->is_out.load(std::memory_order_relaxed) ? ServerState::down
                           : fails                                          ? ServerState::failing
                                                                            : ServerState::up;
        now.state = std::min(now.state, state);
        now.in_flight += endpoint->in_flight.load(std::memory_order_relaxed);
    }
    return now;
}

}   // namespace gatehouse::admin
