#pragma once
// CONNECT (RFC 9110 9.3.6; over HTTP/2 RFC 9113 8.5), where tunnel_pass says so: finds out where to, sees
// that it is allowed, connects, and is a tunnel from then on.

#include "exchange/pipeline.h"
#include "model/tunnel.h"

namespace gatehouse::exchange {

// The exchange's method is CONNECT. Done: there was a tunnel, or there is one now that is run when the
// exchange is over (HTTP/1). Else what the client is told: 403 what is not allowed, 502, 504.
loop::Task<Outcome> connect_tunnel(Exchange& exchange, const model::TunnelHandler& handler);

}   // namespace gatehouse::exchange
