#pragma once
// After an endpoint agreed to an upgrade the configuration passed on (a WebSocket), or was connected to for a
// CONNECT: the client is told, and the two connections become a tunnel.

#include "exchange/handlers/h1_attempt.h"
#include "exchange/tunnel.h"

namespace gatehouse::exchange {

// Writes the 101 and makes exchange.client.tunnel, which is run when the exchange is over. None is made when
// the client is gone. The attempt is over.
loop::Task<void> upgrade(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt);

// The same, when all that is to be said to the client was said: what it has sent since goes first.
void begin_tunnel(Exchange& exchange, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
                  const TunnelSettings& settings, loop::TimePoint attempt_began);

// The exchange is over and has a tunnel. Either it is logged when it ends and has nothing of the exchange any
// more, or, where the logs ask for more than that, it was run here and is logged as any other.
loop::Task<void> end_with_tunnel(Exchange& exchange);

// The access log of an exchange in which a tunnel ran, from `began` on. `traffic` counts from the beginning.
void log_with_tunnel(Exchange& exchange, const Tunnel::Traffic& traffic, loop::TimePoint began);

}   // namespace gatehouse::exchange
