#pragma once
// Datagrams of a listener, passed on to endpoints and back (model/udp_site.h). One worker serves a listener,
// so that a session has all of its datagrams in one place; what cannot be sent at once is dropped, as the
// network would.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Of a listener, which one worker it is.
[[nodiscard]] inline bool serves_datagrams(const WorkerState& worker, int listening_fd) {
    return static_cast<unsigned>(listening_fd) % worker.worker_count == worker.index;
}

// From the first datagram until the port is left.
loop::Task<void> serve_udp(WorkerState& worker, Port& port);

}   // namespace gatehouse::exchange
