#pragma once
// What is answered instead of a handler's response: error_page's redirect where one is configured, else a
// small page made here, in nginx's plain form, with the reason code in a field so that "whose fault" needs no
// guess.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

// A redirect where the route has a page for this status; else the status itself.
Outcome choose_error_page(Exchange& exchange, int status);

// A gRPC call over HTTP/2: errors are answered with 200 and a grpc-status.
[[nodiscard]] bool is_grpc_call(const Exchange& exchange);

// Fills exchange.response for a status Gatehouse answers with by itself. Keeps a Location already set.
void make_status_response(Exchange& exchange, int status);

}   // namespace gatehouse::exchange
