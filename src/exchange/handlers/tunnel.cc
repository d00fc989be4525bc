#include "exchange/handlers/tunnel.h"

#include "exchange/worker_state.h"
#include "http/h1_writer.h"

#include <array>

namespace gatehouse::exchange {
namespace {

using loop::Task;

struct Direction {
    net::Stream& from;
    net::Stream& to;
    std::uint64_t& counted;
};

struct Tunnel {
    loop::Scope scope;
    net::Duration idle_limit, send_timeout;
    loop::TimePoint active;   // latest byte in either direction
};

// One direction until its end, which is passed on; an error ends both.
Task<void> pump(Tunnel& tunnel, Direction direction) {
    Buffer buffer;
    auto& loop = direction.from.channel().loop();
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto read = co_await direction.from.read(buffer, Buffer::standard_bytes, tunnel.idle_limit);
        const bool other_was_active = loop.now() - tunnel.active < tunnel.idle_limit;
        if (!read && read.error().code == ErrorCode::timed_out && other_was_active) continue;
        if (!read) break;
        if (*read == 0) {
            direction.to.shutdown_write();
            co_return;
        }
        tunnel.active = loop.now();
        const auto written = co_await direction.to.write(buffer.view(), tunnel.send_timeout);
        if (!written) break;
        direction.counted += buffer.size();
        const auto on = co_await share.spend(buffer.size());
        if (!on) break;
        buffer.clear();
        buffer.release();
    }
    tunnel.scope.cancel();
}

Buffer switching_head(Exchange& exchange, const http::ResponseHead& head) {
    Buffer out;
    http::HeadWriter writer(out);
    writer.status_line(http::Version::http_1_1, 101, head.reason);
    for (const auto& field : exchange.upstream_fields) {
        const bool of_upgrade = field.id == http::FieldId::upgrade || field.id == http::FieldId::connection;
        if (of_upgrade || !http::is_hop_by_hop(field.id)) writer.field(field);
    }
    writer.end();
    return out;
}

}   // namespace

Task<void> run_tunnel(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt) {
    exchange.keep_alive = false;
    auto& client = exchange.client.stream;
    auto& endpoint = attempt.connection().stream;
    const Buffer head = switching_head(exchange, attempt.head());
    const std::array<std::string_view, 2> pieces{head.view(), attempt.arrived()};
    auto sent = co_await client.write(pieces, exchange.route->send_timeout);
    if (sent && !exchange.client.in.empty())
        sent = co_await endpoint.write(exchange.client.in.view(), handler.send_timeout);
    if (sent) {
        exchange.head_sent = true;
        exchange.bytes_sent += head.size() + attempt.arrived().size();
        exchange.client.in.release();
        std::uint64_t& upwards = exchange.attempts.back().bytes_sent;
        Tunnel tunnel{loop::Scope(exchange.client.worker.loop), handler.read_timeout, handler.send_timeout,
                      exchange.client.worker.loop.now()};
        tunnel.scope.spawn(pump(tunnel, Direction{client, endpoint, upwards}));
        tunnel.scope.spawn(pump(tunnel, Direction{endpoint, client, exchange.bytes_sent}));
        co_await tunnel.scope.join();
    }
    attempt.became_tunnel();
    co_await attempt.finish(false);
}

}   // namespace gatehouse::exchange
