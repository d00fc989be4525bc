#pragma once
// The tunnel of an extended CONNECT (RFC 8441): a stream of HTTP/2 on the client's side, a connection that
// switched protocols on the endpoint's.

#include "exchange/handlers/h1_attempt.h"

namespace gatehouse::exchange {

// Accepts the stream and leaves a tunnel with it, which runs when the exchange is over.
loop::Task<void> open_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler,
                                    H1Attempt& attempt);

// The end of an exchange that left one: its access log is begun, or, where that asks for more than a tunnel
// can tell, the tunnel runs in here and the log is written.
loop::Task<void> end_with_stream_tunnel(Exchange& exchange);

}   // namespace gatehouse::exchange
