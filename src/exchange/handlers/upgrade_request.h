#pragma once
// Another protocol on a request's connection or stream: Upgrade (RFC 9110 section 7.8), and extended CONNECT
// of HTTP/2 (RFC 8441), which is the same wish in other words. Towards an endpoint both are an Upgrade.

#include "exchange/exchange.h"
#include "http/h1_writer.h"

namespace gatehouse::exchange {

// The protocol that the request asks for and its route passes on (proxy_upgrade); "": none. Another one would
// carry requests past every rule of the configuration (h2c), so that only WebSockets pass by themselves.
[[nodiscard]] std::string_view passed_upgrade(Exchange& exchange, const model::ForwardHandler& handler);

// The fields that ask the endpoint for it.
void write_upgrade(Exchange& exchange, std::string_view protocol, http::HeadWriter& writer);

}   // namespace gatehouse::exchange
