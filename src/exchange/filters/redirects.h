#pragma once
// Redirects to another scheme or URL: 302, or 301 when permanent, and for other methods than GET 307 and 308,
// so that they stay what they are.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/redirects.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::RedirectScheme& settings);
// A URL that the expression matches but does not change is passed on as it is.
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::RedirectRegex& settings);

}   // namespace gatehouse::exchange
