#pragma once
// The fields of an endpoint's response that name places, seen from the client: Location and Refresh
// (proxy_redirect), and the domain, path and flags of cookies (proxy_cookie_domain, _path and _flags).

#include "exchange/exchange.h"
#include "model/route.h"

namespace gatehouse::exchange {

// The value of `field` as the client gets it: the field's own where no rule fits. Lives as long as the
// exchange's arena and the field.
[[nodiscard]] std::string_view rewritten_value(Exchange& exchange, const model::ForwardHandler& handler,
                                               const http::Field& field);

}   // namespace gatehouse::exchange
