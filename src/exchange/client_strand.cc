#include "exchange/client_strand.h"

#include "exchange/h1_connection.h"
#include "exchange/h2_connection.h"
#include "exchange/idle_wait.h"
#include "exchange/open_tunnel.h"
#include "exchange/proxy_header.h"
#include "exchange/tcp_routing.h"
#include "exchange/tcp_serve.h"
#include "exchange/tls_accept.h"

namespace gatehouse::exchange {
namespace {

// What they are decides about everything else, and until they are there the connection is idle.
loop::Task<bool> read_first_bytes(ClientConnection& connection) {
    while (connection.in.empty()) {
        const auto arrived = connection.stream.try_read(connection.in, Buffer::standard_bytes);
        if (!arrived || (*arrived && **arrived == 0)) co_return false;
        if (*arrived) break;
        const bool goes_on = co_await wait_while_idle(connection, settings_of(connection).header_timeout);
        if (!goes_on) co_return false;
    }
    co_return true;
}

bool may_speak_h2(const ClientConnection& connection) {
    return settings_of(connection).http2 || connection.port.listener->listener.options.http2;
}

// Agreed on in the TLS handshake; without TLS a client that knows sends HTTP/2's preface first (RFC 9113
// section 3.3), which is no request of HTTP/1.
loop::Task<bool> speaks_h2(ClientConnection& connection) {
    if (const auto* session = connection.stream.tls()) co_return session->application_protocol() == "h2";
    if (!may_speak_h2(connection)) co_return false;
    while (may_begin_h2(connection.in.view()) && !begins_h2(connection.in.view())) {
        const auto read = co_await connection.stream.read(connection.in, Buffer::standard_bytes,
                                                          settings_of(connection).header_timeout);
        if (!read || *read == 0) co_return false;
    }
    co_return begins_h2(connection.in.view());
}

// Whatever comes before the first request. HTTP/2 is served to its end in here.
loop::Task<bool> begin_and_ask(ClientConnection& connection) {
    if (connection.proxy_header_due) {
        const auto header = co_await read_proxy_header(connection, settings_of(connection).header_timeout);
        if (header != ProxyHeaderRead::done) co_return false;
    }
    if (connection.port.listener->listener.tcp_routes != nullptr) {
        if (!co_await route_tcp(connection)) co_return false;
    }
    const bool is_tls = connection.port.listener->listener.options.tls;
    if (is_tls || may_speak_h2(connection)) {
        if (!co_await read_first_bytes(connection)) co_return false;
    }
    if (is_tls) {
        if (!co_await accept_tls(connection)) co_return false;
    }
    const bool is_http2 = co_await speaks_h2(connection);
    if (is_http2) co_await serve_h2(connection);
    co_return !is_http2;
}

// True: it speaks HTTP/1. Of most connections there is nothing to ask.
loop::Task<bool> begin(ClientConnection& connection) {
    const auto& listener = connection.port.listener->listener;
    const bool is_plain = !connection.proxy_header_due && !listener.options.tls &&
                          listener.tcp_routes == nullptr && !may_speak_h2(connection);
    if (is_plain) return true;
    return begin_and_ask(connection);
}

// The exchange that made it is over, and nothing of it is left.
loop::Task<void> run_tunnel(ClientConnection& connection) {
    connection.let_go_of_port();
    connection.worker.counters.writing.add();
    co_await connection.tunnel->tunnel.run();
    connection.worker.counters.writing.subtract();
    connection.tunnel->log.finish(connection.worker, connection.tunnel->tunnel.facts());
}

}   // namespace

loop::Task<void> serve_client(WorkerState& worker, Port& port, int fd, PeerAddress peer) {
    ClientConnection connection(worker, port, fd, peer);
    if (!connection.stream.start()) co_return;
    if (!co_await begin(connection)) {
        if (connection.tunnel != nullptr) co_await run_tcp(connection);
        co_return;
    }
    loop::Duration patience = settings_of(connection).header_timeout;
    while (patience > loop::Duration::zero()) {
        if (connection.in.empty()) {
            const auto arrived = connection.stream.try_read(connection.in, Buffer::standard_bytes);
            if (!arrived || (*arrived && **arrived == 0)) co_return;
        }
        if (!connection.in.empty()) {
            connection.in.shrink();
            patience = co_await serve_h1(connection);
            if (connection.tunnel != nullptr) co_return co_await run_tunnel(connection);
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
