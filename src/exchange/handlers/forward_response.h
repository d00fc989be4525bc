#pragma once
// An endpoint's response head as it will be answered: hop-by-hop and hidden fields removed, Location, Refresh
// and Set-Cookie rewritten, X-Accel-… obeyed. Pure.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

struct AccelOrders {
    std::string_view redirect;   // X-Accel-Redirect: serve this internally instead
};
// Fills exchange.response (but its body) from `head`, whose text must outlive it.
AccelOrders take_response_head(Exchange& exchange, const model::ForwardHandler& handler,
                               const http::ResponseHead& head, const http::Framing& framing);

}   // namespace gatehouse::exchange
