#pragma once
// Whether a connection of a listener for requests is one of those that are passed on as bytes
// (model/tcp_routes.h). Where TLS may come, the client has to say something first; where it cannot, the
// connection itself is enough, so that servers that speak first are heard.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// The listener has TCP routes. False: one of them took the connection (connection.tunnel is null if it is
// over already), or the client is gone. True: requests are to be served; connection.in has what was read.
loop::Task<bool> route_tcp(ClientConnection& connection);

}   // namespace gatehouse::exchange
