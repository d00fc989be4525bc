#pragma once
// Services named only when a request is there (proxy_pass with variables): found among the snapshot's
// services, in this worker's memory, or asked of control, which resolves the name.

#include "exchange/worker_state.h"
#include "model/variable.h"

#include <optional>
#include <string_view>

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
// What bytes are passed on to: "host:port", "unix:/path", or the name of a group, which has no port (0).
// nullopt: none of these.
[[nodiscard]] std::optional<RunTimeTarget> parse_run_time_address(std::string_view rendered);

// `scope`: whose upstream blocks are known by name. The snapshot must stay.
[[nodiscard]] loop::Task<Result<std::shared_ptr<const model::Service>>> find_service(
    WorkerState& worker, const model::Snapshot& snapshot, model::VariableScope scope, RunTimeTarget target);

// `host` is that of an upstream group of the configuration.
[[nodiscard]] bool names_configured_service(const model::Snapshot& snapshot, std::string_view host);

}   // namespace gatehouse::exchange
