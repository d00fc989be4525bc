#pragma once
// What browsers are told so that they do nothing unsafe (Strict-Transport-Security, Content-Security-Policy
// …), and the hosts that are served at all.

#include "exchange/exchange.h"
#include "exchange/pipeline.h"
#include "model/filters/edit_headers.h"

namespace gatehouse::exchange {

[[nodiscard]] Outcome check_safety(Exchange& exchange, const model::BrowserSafety& settings);
void add_safety_fields(Exchange& exchange, const model::BrowserSafety& settings);

}   // namespace gatehouse::exchange
