#pragma once
// Services named only when a request is there (proxy_pass with variables): found among the snapshot's
// services, in this worker's memory, or asked of control, which resolves the name.

#include "exchange/exchange.h"

namespace gatehouse::exchange {

struct RunTimeTarget {
    std::string_view scheme, host, uri;   // host as rendered, with its port if one was given
    std::string_view name;                // host without port, or "unix:/path"
    std::uint16_t port = 80;
    bool is_secure = false;
};
// nullopt: neither an http:// nor an https:// URL.
[[nodiscard]] std::optional<RunTimeTarget> parse_run_time_target(std::string_view rendered);
// "grpc://host:port", "grpcs://host:port", or without a scheme; no URI. nullopt: something else.
[[nodiscard]] std::optional<RunTimeTarget> parse_grpc_target(std::string_view rendered);

[[nodiscard]] loop::Task<Result<std::shared_ptr<const model::Service>>> find_service(Exchange& exchange,
                                                                                     RunTimeTarget target);

// `host` is that of an upstream group of the configuration.
[[nodiscard]] bool names_configured_service(Exchange& exchange, std::string_view host);

}   // namespace gatehouse::exchange
