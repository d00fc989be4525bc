#include "exchange/handlers/h2_tunnel.h"

#include "base/text.h"
#include "exchange/h2_client_stream.h"
#include "exchange/worker_state.h"

namespace gatehouse::exchange {
namespace {

using loop::Task;

struct Tunnel {
    Exchange& exchange;
    H1Attempt& attempt;
    const model::ForwardHandler& handler;
    loop::Scope scope;
    loop::TimePoint active;   // latest byte in either direction

    [[nodiscard]] net::Stream& endpoint() const { return attempt.connection().stream; }
    [[nodiscard]] loop::TimePoint now() const { return exchange.client.worker.loop.now(); }
    // The time is up in one direction, but not in the other.
    [[nodiscard]] bool goes_on(const Error& error) const {
        return error.code == ErrorCode::timed_out && now() - active < loop::Duration(handler.read_timeout);
    }
};

Task<void> pump_up(Tunnel& tunnel) {
    loop::Share share(loop::bytes_per_turn);
    auto& sent = tunnel.exchange.attempts.back().bytes_sent;
    while (true) {
        const auto piece = co_await tunnel.exchange.body.next();
        if (!piece && tunnel.goes_on(piece.error())) continue;
        if (!piece) break;
        if (piece->empty()) {
            tunnel.endpoint().shutdown_write();
            co_return;
        }
        tunnel.active = tunnel.now();
        const auto written = co_await tunnel.endpoint().write(*piece, tunnel.handler.send_timeout);
        if (!written) break;
        sent += piece->size();
        if (const auto on = co_await share.spend(piece->size()); !on) break;
    }
    tunnel.scope.cancel();
}

Task<void> pump_down(Tunnel& tunnel) {
    Buffer buffer;
    loop::Share share(loop::bytes_per_turn);
    auto& exchange = tunnel.exchange;
    while (true) {
        const auto read =
            co_await tunnel.endpoint().read(buffer, Buffer::standard_bytes, tunnel.handler.read_timeout);
        if (!read && tunnel.goes_on(read.error())) continue;
        if (!read) break;
        tunnel.active = tunnel.now();
        const auto sent =
            co_await exchange.stream->send(buffer.view(), *read == 0, tunnel.handler.send_timeout, nullptr);
        if (!sent) break;
        if (*read == 0) co_return;
        exchange.bytes_sent += *read;
        exchange.body_bytes_sent += *read;
        buffer.clear();
        buffer.release();
        if (const auto on = co_await share.spend(*read); !on) break;
    }
    tunnel.scope.cancel();
}

// RFC 8441 section 5: 200 takes the place of 101, and what proves its receipt is not needed.
void accept(Exchange& exchange) {
    http::Fields fields;
    for (const auto& field : exchange.upstream_fields) {
        const bool of_upgrade = field.id == http::FieldId::upgrade || http::is_hop_by_hop(field.id) ||
                                equals_ignoring_case(field.name, "sec-websocket-accept");
        if (!of_upgrade) fields.add(exchange.arena(), field);
    }
    exchange.response.status = 200;
    exchange.stream->respond(200, fields, false);
    exchange.head_sent = true;
}

}   // namespace

Task<void> run_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt) {
    accept(exchange);
    exchange.body.configure({.timeout = handler.read_timeout, .limit_bytes = {}});
    Result<> sent;
    if (!attempt.arrived().empty())
        sent = co_await exchange.stream->send(attempt.arrived(), false, handler.send_timeout, nullptr);
    if (sent) {
        auto& loop = exchange.client.worker.loop;
        Tunnel tunnel{exchange, attempt, handler, loop::Scope(loop), loop.now()};
        tunnel.scope.spawn(pump_up(tunnel));
        tunnel.scope.spawn(pump_down(tunnel));
        co_await tunnel.scope.join();
        // a client that never ends its side must not keep the stream
        if (!exchange.stream->ended()) exchange.stream->reset(http::H2Code::no_error);
    }
    co_await attempt.finish(false);
}

}   // namespace gatehouse::exchange
