#pragma once
// What filters ask of a request and change in it. Texts live as long as the exchange.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

// "name:port" as the client sent it, or as a filter has changed it; "" of an HTTP/1.0 request without.
[[nodiscard]] std::string_view host_as_sent(const Exchange& exchange);
void set_host(Exchange& exchange, std::string_view host);

// The path as it would be passed on, encoded; without the query.
[[nodiscard]] std::string_view encoded_path(Exchange& exchange);
// The same with the query.
[[nodiscard]] std::string_view request_uri(Exchange& exchange);
// `encoded` takes the place of the path; the query stays.
void set_path(Exchange& exchange, std::string_view encoded);
// Whether resolving dot segments and empty ones would leave it as it is. Decoded.
[[nodiscard]] bool is_clean_path(std::string_view path);

// A field of the request: added; or set, in place of all of that name.
void add_field(Exchange& exchange, std::string_view name, std::string_view value);
void set_field(Exchange& exchange, std::string_view name, std::string_view value);
// The values of all fields of that name as one list ("a, b"); "" when there is none.
[[nodiscard]] std::string_view joined_values(Exchange& exchange, std::string_view name);

// The same of the response's fields, whose Content-Type and Content-Length are members of their own.
void set_response_field(Exchange& exchange, std::string_view name, std::string_view value);
void remove_response_field(Exchange& exchange, std::string_view name);
// Adds a name to Vary, unless it or "*" is there already.
void add_vary(Exchange& exchange, std::string_view name);

[[nodiscard]] bool is_websocket_request(const Exchange& exchange);

}   // namespace gatehouse::exchange
