#include "exchange/handlers/upstream_socket.h"

#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "model/source_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

namespace gatehouse::exchange {

SocketOptions socket_options(Exchange& exchange, const model::ForwardHandler& handler) {
    SocketOptions options{.receive_buffer_bytes = handler.receive_buffer_bytes,
                          .send_buffer_bytes = handler.send_buffer_bytes,
                          .keep_alive = handler.socket_keepalive,
                          .source = {}};
    if (handler.bind_address.empty()) return options;
    const auto text = exchange.render(handler.bind_address);
    if (text.empty()) return options;
    options.source = model::parse_source_address(text);
    if (!options.source) {
        log::write_error(log::LogLevel::error, exchange.route->error_logs, exchange.client.number,
                         fmt::format("invalid local address \"{}\"", text));
    }
    return options;
}

Result<> prepare_socket(loop::Backend& backend, const SocketOptions& options, int fd, int family) {
    const auto set_bytes = [&](loop::SocketOption option, std::size_t bytes) {
        if (bytes > 0)
            backend.set_option(fd, option, static_cast<int>(std::min<std::size_t>(bytes, INT_MAX)));
    };
    set_bytes(loop::SocketOption::receive_buffer_bytes, options.receive_buffer_bytes);
    set_bytes(loop::SocketOption::send_buffer_bytes, options.send_buffer_bytes);
    if (options.keep_alive) backend.set_option(fd, loop::SocketOption::keep_alive, 1);
    if (!options.source || family == AF_UNIX) return {};
    const int status = backend.bind(fd, options.source->get(), options.source->length);
    if (status == 0) return {};
    return fail_errno(-status, "bind", ErrorSource::internal);
}

}   // namespace gatehouse::exchange
