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
// Fills exchange.sent_trailers: those of add_trailer, then `of_source`, which may be null.
void add_trailers(Exchange& exchange, const http::Fields* of_source);
// limit_rate, in bytes a second; 0: none. Fixed by the first response, as $limit_rate.
[[nodiscard]] std::uint64_t rate_of(Exchange& exchange);
// A response could not be written to its end: ends the connection and says so in the log.
void note_failed_response(Exchange& exchange, const Error& error);
// Applies add_header, expires, charset and redirects' absolute form to exchange.response.
void run_response_steps(Exchange& exchange);
// Chooses the framing and with it whether the connection can live on.
BodyFraming choose_framing(Exchange& exchange);
// A 2xx answer to CONNECT: what follows has no framing (RFC 9110 9.3.6).
void write_tunnel_head(Exchange& exchange, Buffer& out);
void write_response_head(Exchange& exchange, BodyFraming framing, Buffer& out);

}   // namespace gatehouse::exchange
