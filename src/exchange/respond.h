#pragma once
// The response steps and the writing: add_header, expires, charset, Date and Server, framing by version and
// length, then head and body to the client with back-pressure. One send carries the head and the first of the
// body wherever both are there. Sets the exchange's byte counts and whether the connection lives on.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// Writes exchange.response. A failure ends the connection (keep_alive off) and is logged; what to do about
// one of an endpoint that came before anything was sent (exchange.head_sent) is for the caller, who gets it.
loop::Task<Result<>> respond(Exchange& exchange);

}   // namespace gatehouse::exchange
