#pragma once
// The tunnel of an extended CONNECT (RFC 8441): a stream of HTTP/2 on the client's side, a connection that
// switched protocols on the endpoint's.

#include "exchange/handlers/h1_attempt.h"

namespace gatehouse::exchange {

// Accepts the stream and relays until both sides are done. Returns when the tunnel is over; the attempt is,
// too.
loop::Task<void> run_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler,
                                   H1Attempt& attempt);

}   // namespace gatehouse::exchange
