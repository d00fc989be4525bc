#pragma once
// Forwards the exchange to an endpoint of its service and its response back: choosing, connecting, retrying,
// relaying.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

loop::Task<Outcome> forward(Exchange& exchange, const model::ForwardHandler& handler);

}   // namespace gatehouse::exchange
