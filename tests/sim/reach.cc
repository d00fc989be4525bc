#include "reach.h"

namespace gatehouse::simulation {

loop::Task<bool> reach(loop::Loop& loop, net::Stream& stream, SocketAddress gateway) {
    const int fd = loop.backend().socket(gateway.family(), SOCK_STREAM);
    if (fd < 0) co_return false;
    stream.channel().adopt(fd);
    const auto connected = co_await stream.connect(gateway, std::chrono::seconds(300));
    co_return connected.has_value();
}

}   // namespace gatehouse::simulation
