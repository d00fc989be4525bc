#pragma once
// Filters that change the path. What they took away or replaced goes on in X-Forwarded-Prefix and
// X-Replaced-Path. 400: what would remain has dot segments or empty ones, and might mean another path to the
// endpoint than to us.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/paths.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::CleanPath& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::StripPrefix& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::StripPrefixRegex& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::AddPrefix& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::ReplacePath& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::ReplacePathRegex& settings);

}   // namespace gatehouse::exchange
