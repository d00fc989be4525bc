#include "exchange/handlers/stream_relay.h"

#include "exchange/h2_client_stream.h"
#include "exchange/worker_state.h"

namespace gatehouse::exchange {
namespace {

using loop::Task;

struct Relay {
    Exchange& exchange;
    const StreamRelay& settings;
    loop::Scope scope;
    loop::TimePoint active;   // latest byte in either direction
    bool is_lost = false;     // the endpoint's connection failed

    [[nodiscard]] loop::TimePoint now() const { return exchange.client.worker.loop.now(); }
    // The time is up in one direction, but not in the other.
    [[nodiscard]] bool goes_on(const Error& error) const {
        return error.code == ErrorCode::timed_out && now() - active < settings.idle_limit;
    }
    void note(const Error& error) {
        if (error.code != ErrorCode::timed_out && error.code != ErrorCode::canceled) is_lost = true;
    }
};

Task<void> pump_up(Relay& relay) {
    loop::Share share(loop::bytes_per_turn);
    auto& sent = relay.exchange.attempts.back().bytes_sent;
    while (true) {
        const auto piece = co_await relay.exchange.body.next();
        if (!piece && relay.goes_on(piece.error())) continue;
        if (!piece) break;
        if (piece->empty()) {
            relay.settings.endpoint.shutdown_write();
            co_return;
        }
        relay.active = relay.now();
        const auto written =
            co_await relay.settings.endpoint.write(*piece, relay.settings.endpoint_write_limit);
        if (!written) {
            relay.note(written.error());
            break;
        }
        sent += piece->size();
        if (const auto on = co_await share.spend(piece->size()); !on) break;
    }
    relay.scope.cancel();
}

Task<void> pump_down(Relay& relay) {
    Buffer buffer;
    loop::Share share(loop::bytes_per_turn);
    auto& exchange = relay.exchange;
    auto& received = exchange.attempts.back().bytes_received;
    while (true) {
        const auto read =
            co_await relay.settings.endpoint.read(buffer, Buffer::standard_bytes, relay.settings.idle_limit);
        if (!read && relay.goes_on(read.error())) continue;
        if (!read) {
            relay.note(read.error());
            break;
        }
        relay.active = relay.now();
        received += *read;
        const auto sent =
            co_await exchange.stream->send(buffer.view(), *read == 0, exchange.route->send_timeout, nullptr);
        if (!sent) break;
        if (*read == 0) co_return;
        exchange.bytes_sent += *read;
        exchange.body_bytes_sent += *read;
        buffer.clear();
        buffer.release();
        if (const auto on = co_await share.spend(*read); !on) break;
    }
    relay.scope.cancel();
}

}   // namespace

Task<void> relay_on_stream(Exchange& exchange, StreamRelay settings) {
    exchange.body.configure({.timeout = settings.idle_limit, .limit_bytes = {}});
    auto& stream = *exchange.stream;
    if (!settings.arrived.empty()) {
        const auto sent =
            co_await stream.send(settings.arrived, false, exchange.route->send_timeout, nullptr);
        if (!sent) co_return;
        exchange.bytes_sent += settings.arrived.size();
        exchange.body_bytes_sent += settings.arrived.size();
    }
    auto& loop = exchange.client.worker.loop;
    Relay relay{exchange, settings, loop::Scope(loop), loop.now()};
    relay.scope.spawn(pump_up(relay));
    relay.scope.spawn(pump_down(relay));
    co_await relay.scope.join();
    if (relay.is_lost) {
        stream.reset(settings.when_lost);
    } else if (!stream.ended()) {   // a client that never ends its side must not keep the stream
        stream.reset(http::H2Code::no_error);
    }
}

}   // namespace gatehouse::exchange
