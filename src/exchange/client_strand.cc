#include "exchange/client_strand.h"

#include "exchange/h1_connection.h"
#include "exchange/tls_accept.h"

namespace gatehouse::exchange {

loop::Task<void> serve_client(WorkerState& worker, Port& port, int fd, PeerAddress peer) {
    ClientConnection connection(worker, port, fd, peer);
    if (!connection.stream.start()) co_return;
    if (port.listener->listener.options.tls && !co_await accept_tls(connection)) co_return;
    loop::Duration patience = settings_of(connection).header_timeout;
    while (patience > loop::Duration::zero()) {
        if (connection.in.empty()) {
            const auto arrived = connection.stream.try_read(connection.in, Buffer::standard_bytes);
            if (!arrived || (*arrived && **arrived == 0)) co_return;
        }
        if (!connection.in.empty()) {
            connection.in.shrink();
            patience = co_await serve_h1(connection);
            continue;
        }
        if (worker.draining) co_return;
        connection.in.release();   // an idle connection owns no buffer
        worker.idle.push_back(connection);
        worker.counters.waiting.add();
        const auto ready = co_await connection.stream.readable(patience);
        worker.counters.waiting.subtract();
        connection.unlink();
        if (!ready) co_return;
    }
}

}   // namespace gatehouse::exchange
