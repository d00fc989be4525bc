#pragma once
// Lets requests pass while their circuit is closed (503 otherwise, or as configured), and notes how they were
// answered.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/circuit_breaker.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome on_request(Exchange& exchange, const model::CircuitBreaker& settings);

}   // namespace gatehouse::exchange
