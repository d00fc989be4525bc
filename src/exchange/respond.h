#pragma once
// The response steps and the writing: add_header, expires, charset, Date and Server, framing by version and length, then
// head and body to the client with back-pressure. One send carries the head and the first of the body wherever both are
// there. Sets the exchange's byte counts and whether the connection lives on.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// Writes exchange.response. A failure after the head was sent ends the connection (keep_alive off); nobody else need know.
loop::Task<void> respond(Exchange& exchange);

}   // namespace gatehouse::exchange
