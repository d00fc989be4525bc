#include "upstream/connector.h"

#include <algorithm>
#include <cerrno>
#include <climits>

namespace gatehouse::upstream {
namespace {

void set_options(loop::Backend& backend, int fd, int family, const ConnectOptions& options) {
    using loop::SocketOption;
    const auto set_bytes = [&](SocketOption option, std::size_t bytes) {
        if (bytes > 0)
            backend.set_option(fd, option, static_cast<int>(std::min<std::size_t>(bytes, INT_MAX)));
    };
    set_bytes(SocketOption::receive_buffer_bytes, options.receive_buffer_bytes);
    set_bytes(SocketOption::send_buffer_bytes, options.send_buffer_bytes);
    if (options.no_delay && family != AF_UNIX) backend.set_option(fd, SocketOption::no_delay, 1);
    if (options.keep_alive) backend.set_option(fd, SocketOption::keep_alive, 1);
}

}   // namespace

loop::Task<Result<ConnectionPtr>> connect(loop::Loop& loop, std::shared_ptr<model::Endpoint> endpoint,
                                          ConnectOptions options, std::function<bool()> make_room) {
    auto& backend = loop.backend();
    Error error = fail(ErrorCode::unresolved, "connect", ErrorSource::upstream).value();
    for (const auto& address : endpoint->addresses) {
        int fd = backend.socket(address.family(), SOCK_STREAM);
        if (fd == -EMFILE && make_room()) fd = backend.socket(address.family(), SOCK_STREAM);
        if (fd < 0) co_return fail_errno(-fd, "socket", ErrorSource::internal);
        auto connection = std::make_unique<Connection>(loop, fd, endpoint);
        connection->opened = loop.now();
        set_options(backend, fd, address.family(), options);
        if (options.from != nullptr && address.family() != AF_UNIX) {
            const int status = backend.bind(fd, options.from->get(), options.from->length);
            if (status != 0) co_return fail_errno(-status, "bind", ErrorSource::internal);
        }
        const auto connected = co_await connection->stream.connect(address, options.timeout);
        if (connected) co_return connection;
        error = connected.error();
        error.source = ErrorSource::upstream;
        const bool is_interrupted = error.code == ErrorCode::canceled || error.code == ErrorCode::closed;
        if (is_interrupted) break;
    }
    co_return Failure(error);
}

}   // namespace gatehouse::upstream
