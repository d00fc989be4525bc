#pragma once
// The tunnel of an extended CONNECT (RFC 8441): a stream of HTTP/2 on the client's side, a connection that
// switched protocols on the endpoint's.

#include "exchange/handlers/h1_attempt.h"

namespace gatehouse::exchange {

// As run_tunnel().
loop::Task<void> run_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler,
                                   H1Attempt& attempt);

}   // namespace gatehouse::exchange
