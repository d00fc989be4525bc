#pragma once
// The head of a response as HTTP/1.x text: the route's response steps applied, framing chosen, the
// connection's fate said.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

enum class BodyFraming : std::uint8_t { none, length, chunked, until_close };

// The statuses that add_header (without `always`) and expires concern, as nginx lists them.
[[nodiscard]] bool takes_added_fields(int status);
// Whether add_trailer concerns the response.
[[nodiscard]] bool adds_trailers(const Exchange& exchange);
// Applies add_header, expires, charset and redirects' absolute form to exchange.response.
void run_response_steps(Exchange& exchange);
// Chooses the framing and with it whether the connection can live on.
BodyFraming choose_framing(Exchange& exchange);
void write_response_head(Exchange& exchange, BodyFraming framing, Buffer& out);

}   // namespace gatehouse::exchange
