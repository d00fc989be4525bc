#pragma once
// Cross-origin requests (the Fetch standard, "CORS protocol"): preflights are answered without asking the
// service, and answers say which origins may read them.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/edit_headers.h"

namespace gatehouse::exchange {

[[nodiscard]] bool is_preflight(const Exchange& exchange);
[[nodiscard]] Outcome answer_preflight(Exchange& exchange, const model::Cors& settings);
void add_cors_fields(Exchange& exchange, const model::Cors& settings);

}   // namespace gatehouse::exchange
