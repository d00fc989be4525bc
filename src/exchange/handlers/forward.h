#pragma once
// Forwards the exchange to an endpoint of its service and its response back: choosing, connecting, retrying,
// relaying.

#include "exchange/pipeline.h"
#include "model/filters/status_ranges.h"

namespace gatehouse::exchange {

// What is asked of it by who chose the service (choose_service.h).
struct ForwardWishes {
    http::Fields cookies;                           // to be set with the response
    const model::StatusRanges* failing = nullptr;   // such an answer is not passed on …
    bool gave_way = false;                          // … and this is said instead
};

// `wishes`, if any, outlive it.
loop::Task<Outcome> forward(Exchange& exchange, const model::ForwardHandler& handler,
                            ForwardWishes* wishes = nullptr);

}   // namespace gatehouse::exchange
