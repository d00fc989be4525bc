#pragma once
// What is done to the socket of a connection to an endpoint before it connects: buffer sizes, and the address
// that the configuration or the request names (proxy_bind). Connections that are bound are not kept: another
// request's might be another.

#include "exchange/exchange.h"
#include "model/route.h"

namespace gatehouse::exchange {

// Prepares a fresh socket. It is not bound where no address is configured, for unix sockets, and, after an
// error in the log, for text that is no address (as nginx does).
[[nodiscard]] Result<> prepare_socket(Exchange& exchange, const model::ForwardHandler& handler, int fd,
                                      int family);

}   // namespace gatehouse::exchange
