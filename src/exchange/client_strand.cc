#include "exchange/client_strand.h"

#include "exchange/h1_connection.h"
#include "exchange/h2_connection.h"
#include "exchange/open_tunnel.h"
#include "exchange/proxy_header.h"
#include "exchange/tls_accept.h"

namespace gatehouse::exchange {
namespace {

// Agreed on in the TLS handshake; without TLS a client that knows sends HTTP/2's preface first (RFC 9113
// section 3.3), which is no request of HTTP/1.
loop::Task<bool> speaks_h2(ClientConnection& connection) {
    if (const auto* session = connection.stream.tls()) co_return session->application_protocol() == "h2";
    const auto& options = connection.port.listener->listener.options;
    if (!settings_of(connection).http2 && !options.http2) co_return false;
    while (may_begin_h2(connection.in.view()) && !begins_h2(connection.in.view())) {
        const auto read = co_await connection.stream.read(connection.in, Buffer::standard_bytes,
                                                          settings_of(connection).header_timeout);
        if (!read || *read == 0) co_return false;
    }
    co_return begins_h2(connection.in.view());
}

}   // namespace

loop::Task<void> serve_client(WorkerState& worker, Port& port, int fd, PeerAddress peer) {
    ClientConnection connection(worker, port, fd, peer);
    if (!connection.stream.start()) co_return;
    if (connection.proxy_header_due) {
        const auto header = co_await read_proxy_header(connection, settings_of(connection).header_timeout);
        if (header != ProxyHeaderRead::done) co_return;
    }
    if (port.listener->listener.options.tls) {
        if (!co_await accept_tls(connection)) co_return;
    }
    connection.is_http2 = co_await speaks_h2(connection);
    if (connection.is_http2) co_return co_await serve_h2(connection);
    loop::Duration patience = settings_of(connection).header_timeout;
    while (patience > loop::Duration::zero()) {
        if (connection.in.empty()) {
            const auto arrived = connection.stream.try_read(connection.in, Buffer::standard_bytes);
            if (!arrived || (*arrived && **arrived == 0)) co_return;
        }
        if (!connection.in.empty()) {
            connection.in.shrink();
            patience = co_await serve_h1(connection);
            if (connection.tunnel == nullptr) continue;
            connection.let_go_of_port();
            worker.counters.writing.add();
            co_await connection.tunnel->tunnel.run();
            worker.counters.writing.subtract();
            connection.tunnel->log.finish(worker, connection.tunnel->tunnel);
            co_return;
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
