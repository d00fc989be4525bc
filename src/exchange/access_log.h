#pragma once
// Writes the access log lines of a finished exchange: each log of its route whose condition holds, in its
// format.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

void write_access_logs(Exchange& exchange);

}   // namespace gatehouse::exchange
