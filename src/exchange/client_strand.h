#pragma once
// What serves a client from its arrival to its end: TLS where the listener has it, then the protocol that was
// agreed on; between requests it waits and holds next to nothing.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Runs the connection to its end. Takes ownership of `fd`.
loop::Task<void> serve_client(WorkerState& worker, Port& port, int fd, PeerAddress peer);

}   // namespace gatehouse::exchange
