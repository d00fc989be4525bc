#pragma once
// The handshake on a connection just made to an endpoint, resumed from an earlier one where the endpoint
// allows it.

#include "upstream/pool.h"

#include <span>
#include <string_view>

namespace gatehouse::upstream {

struct TlsWish {
    std::shared_ptr<const tls::ClientContext> context;
    std::string_view name;   // that the certificate must be for
    bool sends_name = false;
    std::span<const std::string_view> application_protocols;   // ALPN; the texts must stay
};

// Sets connection.security. Errors have the upstream for their source; the connection is of no use then.
// `sessions` outlives the connection.
[[nodiscard]] loop::Task<Result<>> secure(Connection& connection, TlsWish wish, tls::ClientSessions& sessions,
                                          loop::Duration timeout);

}   // namespace gatehouse::upstream
