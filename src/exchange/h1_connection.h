#pragma once
// HTTP/1.x on a client connection: runs one exchange after the other, and decides when and how to close (idle
// timeout, Connection, lingering so that the client can read the answer to what it is still sending).

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Serves what has arrived in connection.in, and what was sent ahead behind it. How long to wait for more;
// zero: the connection is over.
loop::Task<loop::Duration> serve_h1(ClientConnection& connection);

}   // namespace gatehouse::exchange
