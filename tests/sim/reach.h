#pragma once
// How every simulated client comes to the gateway.

#include "loop/loop.h"
#include "net/stream.h"

namespace gatehouse::simulation {

// False: there was no descriptor, or nobody took the connection.
[[nodiscard]] loop::Task<bool> reach(loop::Loop& loop, net::Stream& stream, SocketAddress gateway);

}   // namespace gatehouse::simulation
