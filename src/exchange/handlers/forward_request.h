#pragma once
// The request as an endpoint will see it: target, fields and framing, by the handler's rules (proxy_pass's
// URI part, proxy_set_header, hop-by-hop fields removed). Pure: fills a buffer, sends nothing.

#include "exchange/exchange.h"

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

}   // namespace gatehouse::exchange
