#include "exchange/handlers/upstream_socket.h"

#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "model/source_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

namespace gatehouse::exchange {

Result<> prepare_socket(Exchange& exchange, const model::ForwardHandler& handler, int fd, int family) {
    auto& backend = exchange.client.worker.loop.backend();
    const auto set_bytes = [&](loop::SocketOption option, std::size_t bytes) {
        if (bytes > 0)
            backend.set_option(fd, option, static_cast<int>(std::min<std::size_t>(bytes, INT_MAX)));
    };
    set_bytes(loop::SocketOption::receive_buffer_bytes, handler.receive_buffer_bytes);
    set_bytes(loop::SocketOption::send_buffer_bytes, handler.send_buffer_bytes);
    if (handler.bind_address.empty() || family == AF_UNIX) return {};
    const auto text = exchange.render(handler.bind_address);
    if (text.empty()) return {};
    const auto address = model::parse_source_address(text);
    if (!address) {
        log::write_error(log::LogLevel::error, exchange.route->error_logs, exchange.client.number,
                         fmt::format("invalid local address \"{}\"", text));
        return {};
    }
    const int status = backend.bind(fd, address->get(), address->length);
    if (status == 0) return {};
    return fail_errno(-status, "bind", ErrorSource::internal);
}

}   // namespace gatehouse::exchange
