#include "exchange/handlers/bind_source.h"

#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "model/source_address.h"

#include <fmt/format.h>

namespace gatehouse::exchange {

Result<> bind_source(Exchange& exchange, const model::ForwardHandler& handler, int fd, int family) {
    if (handler.bind_address.empty() || family == AF_UNIX) return {};
    const auto text = exchange.render(handler.bind_address);
    if (text.empty()) return {};
    const auto address = model::parse_source_address(text);
    if (!address) {
        log::write_error(log::LogLevel::error, exchange.route->error_logs, exchange.client.number,
                         fmt::format("invalid local address \"{}\"", text));
        return {};
    }
    const int status = exchange.client.worker.loop.backend().bind(fd, address->get(), address->length);
    if (status == 0) return {};
    return fail_errno(-status, "bind", ErrorSource::internal, Retry::never);
}

}   // namespace gatehouse::exchange
