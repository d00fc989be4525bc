#pragma once
// Retry and buffering tell forwarding what to do; the work is in handlers/forward_retry.h.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/body_limits.h"
#include "model/filters/retry.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::Retry& settings);
[[nodiscard]] Outcome on_request(Exchange& exchange, const model::BodyLimits& settings);
void on_response(Exchange& exchange, const model::BodyLimits& settings);

}   // namespace gatehouse::exchange
