#pragma once
// Sets and removes fields, answers CORS preflights, and adds what browsers are to be told: Traefik's
// `headers`. 500 for a host that is not among those allowed.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/edit_headers.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::EditHeaders& settings);
void on_response(Exchange& exchange, const model::EditHeaders& settings);

}   // namespace gatehouse::exchange
