#pragma once
// After an endpoint agreed to an upgrade the configuration passed on (a WebSocket): bytes both ways until
// both sides are done, each direction reading only after its write was taken. Idle longer than
// proxy_read_timeout in both directions ends it.

#include "exchange/handlers/h1_attempt.h"

namespace gatehouse::exchange {

// Writes the 101 to the client and relays. Returns when the tunnel is over; both connections are closed then.
loop::Task<void> run_tunnel(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt);

}   // namespace gatehouse::exchange
