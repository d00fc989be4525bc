#pragma once
// The cookie that leads a client back to its endpoint, as far as forwarding is concerned.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// What the client's cookie says; "": it has none, or the service wants none.
[[nodiscard]] std::string_view sticky_wish(const Exchange& exchange, const model::Service& service);
// Gives the client a cookie for this endpoint, unless it came with it.
void stick(Exchange& exchange, const model::Service& service, const model::Endpoint& endpoint);

}   // namespace gatehouse::exchange
