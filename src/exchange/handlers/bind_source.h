#pragma once
// proxy_bind: a connection to an endpoint comes from the address that the configuration or the request names.
// Such connections are not kept: another request's might be another.

#include "exchange/exchange.h"
#include "model/route.h"

namespace gatehouse::exchange {

// Binds a fresh socket. Nothing is done where no address is configured, for unix sockets, and, after an error
// in the log, for text that is no address (as nginx does).
[[nodiscard]] Result<> bind_source(Exchange& exchange, const model::ForwardHandler& handler, int fd,
                                   int family);

}   // namespace gatehouse::exchange
