#pragma once
// A name and a password (RFC 7617); 401 with a challenge without. Hashes made slow on purpose are computed
// beside the worker, and not again for what was found right before. 503: too many wait for that.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/credentials.h"

namespace gatehouse::exchange {

[[nodiscard]] loop::Task<Outcome> on_request(Exchange& exchange, const model::BasicAuth& settings);

}   // namespace gatehouse::exchange
