#pragma once
// `expires`: Expires and Cache-Control for a response that has none, from the route's rule.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

void apply_expires(Exchange& exchange);

}   // namespace gatehouse::exchange
