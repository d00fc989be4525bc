#pragma once
// TLS towards an endpoint (proxy_ssl_…): which context a request needs, and the handshake on a fresh
// connection, resumed from an earlier one where the endpoint allows it.

#include "exchange/exchange.h"
#include "exchange/handlers/run_time_service.h"
#include "upstream/pool.h"

namespace gatehouse::exchange {

struct UpstreamTls {
    std::shared_ptr<const tls::ClientContext> context;   // null: the endpoint is spoken to plainly
    std::string_view name;                               // of the certificate; lives as long as the arena
    bool sends_name = false;
};

// `target`: that of a run-time URL, else null.
[[nodiscard]] UpstreamTls upstream_tls_for(Exchange& exchange, const model::ForwardHandler& handler,
                                           const RunTimeTarget* target);

// On a connection just made; `protocols` are offered (ALPN). After an error, which has the upstream for its
// source, it is of no use.
[[nodiscard]] loop::Task<Result<>> begin_upstream_tls(WorkerState& worker, upstream::Connection& connection,
                                                      const UpstreamTls& wanted, loop::Duration timeout,
                                                      std::span<const std::string_view> protocols = {});

// "name:8443" → "name", "[::1]:8443" → "::1": what a certificate is for.
[[nodiscard]] std::string_view host_alone(std::string_view host);

}   // namespace gatehouse::exchange
