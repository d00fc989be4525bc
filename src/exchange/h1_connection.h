#pragma once
// An HTTP/1.x client connection: waits for requests, runs one exchange after the other, and decides when and
// how to close (idle timeout, Connection, lingering so that the client can read the answer to what it is
// still sending).

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Runs the connection to its end. Takes ownership of `fd`.
loop::Task<void> serve_h1(WorkerState& worker, Port& port, int fd, PeerAddress peer);

}   // namespace gatehouse::exchange
