#include "exchange/idle_wait.h"

namespace gatehouse::exchange {

loop::Task<bool> wait_while_idle(ClientConnection& connection, loop::Duration patience) {
    auto& worker = connection.worker;
    if (connection.stream.channel().readable) co_return true;
    if (worker.draining) co_return false;
    connection.in.release();
    worker.idle.push_back(connection);
    worker.counters.waiting.add();
    const auto ready = co_await connection.stream.readable(patience);
    worker.counters.waiting.subtract();
    connection.unlink();
    co_return ready.has_value();
}

}   // namespace gatehouse::exchange
