#pragma once
// The response of an exchange on a stream of HTTP/2: its response steps are done, here its head becomes
// fields and its body DATA, with the client's windows as back-pressure.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// What the head of the response says, its status aside. The fields live as long as the exchange.
[[nodiscard]] http::Fields head_fields(Exchange& exchange);
// As respond(); a failure resets the stream.
loop::Task<Result<>> respond_on_stream(Exchange& exchange);

}   // namespace gatehouse::exchange
