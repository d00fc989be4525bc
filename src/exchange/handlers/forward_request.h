#pragma once
// The request as an endpoint will see it: target, fields and framing, by the handler's rules (proxy_pass's
// URI part, proxy_set_header, hop-by-hop fields removed). Pure: fills a buffer, sends nothing.

#include "exchange/exchange.h"
#include "http/h2_client.h"

namespace gatehouse::exchange {

// For a fixed proxy_pass. `run_time_uri`: the URI part of a rendered one; empty: none was given.
[[nodiscard]] std::string_view forward_uri(Exchange& exchange, const model::ForwardHandler& handler,
                                           std::string_view run_time_uri);

struct RequestFramingPlan {
    bool has_body = false;
    std::optional<std::uint64_t> length;   // unset with a body: chunked
};
void write_forward_head(Exchange& exchange, const model::ForwardHandler& handler, std::string_view uri,
                        const RequestFramingPlan& framing, bool keep_alive, Buffer& out);

// The same for HTTP/2. Method, scheme, the pointer to the fields and the end are the caller's to fill in; the
// texts live in the exchange's arena, or as long as the handler and the request.
struct H2ForwardHead {
    http::H2Outgoing outgoing;
    http::Fields fields;
    std::size_t bytes = 0;   // of the fields
};
[[nodiscard]] H2ForwardHead h2_forward_head(Exchange& exchange, const model::ForwardHandler& handler,
                                            std::string_view uri, const RequestFramingPlan& framing);

}   // namespace gatehouse::exchange
