#include "exchange/linger.h"

#include <algorithm>

namespace gatehouse::exchange {

loop::Task<void> linger(ClientConnection& connection, loop::Duration longest, loop::Duration between_reads) {
    constexpr loop::Duration longest_while_draining = std::chrono::seconds(1);
    if (connection.worker.draining) longest = std::min(longest, longest_while_draining);
    connection.stream.shutdown_write();
    const loop::Deadline deadline(co_await loop::this_strand(), longest);
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        connection.in.clear();
        const auto read =
            co_await connection.stream.read(connection.in, Buffer::standard_bytes, between_reads);
        if (!read || *read == 0 || deadline.expired()) co_return;
        const auto on = co_await share.spend(*read);
        if (!on) co_return;
    }
}

}   // namespace gatehouse::exchange
