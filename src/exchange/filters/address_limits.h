#pragma once
// Who may pass: by address (403, or as configured), by rate and by number under way (429).

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/limits.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::AllowAddresses& settings);
[[nodiscard]] loop::Task<Outcome> on_request(Exchange& exchange, const model::RequestRate& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::RequestsInFlight& settings);

// The address a request counts as being from, as text; "" where X-Forwarded-For has none at that place.
[[nodiscard]] std::string_view chosen_address(Exchange& exchange, const model::AddressChoice& choice);
[[nodiscard]] std::string_view source_of(Exchange& exchange, const model::SourceCriterion& criterion);

}   // namespace gatehouse::exchange
