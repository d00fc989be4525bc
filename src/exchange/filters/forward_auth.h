#pragma once
// Asks somebody else whether a request may pass. An answer of 2xx lets it pass, with fields of that answer in
// it; any other goes to the client as it is. 500: there was no answer; 401: one that was too large, or of a
// body that was.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/forward_auth.h"

namespace gatehouse::exchange {

[[nodiscard]] loop::Task<Outcome> on_request(Exchange& exchange, const model::ForwardAuth& settings);
void on_response(Exchange& exchange, const model::ForwardAuth& settings);

}   // namespace gatehouse::exchange
