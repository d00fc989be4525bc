#pragma once
// What is done to the socket of a connection to an endpoint before it connects: buffer sizes, and the address
// that the configuration or the request names (proxy_bind). Connections that are bound are not kept: another
// request's might be another.

#include "base/socket_address.h"
#include "exchange/exchange.h"
#include "loop/backend.h"
#include "model/route.h"

#include <optional>

namespace gatehouse::exchange {

struct SocketOptions {
    std::size_t receive_buffer_bytes = 0, send_buffer_bytes = 0;   // 0: as the kernel chooses
    bool keep_alive = false;
    std::optional<SocketAddress> source;
};

// For this request. No source where none is configured, and, after an error in the log, for text that is no
// address (as nginx does).
[[nodiscard]] SocketOptions socket_options(Exchange& exchange, const model::ForwardHandler& handler);

// Prepares a fresh socket. Unix sockets are not bound.
[[nodiscard]] Result<> prepare_socket(loop::Backend& backend, const SocketOptions& options, int fd,
                                      int family);

}   // namespace gatehouse::exchange
