#include "exchange/handlers/h2_tunnel.h"

#include "base/text.h"
#include "exchange/h2_client_stream.h"
#include "exchange/handlers/upgrade.h"
#include "exchange/stream_tunnel.h"
#include "exchange/worker_state.h"

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;

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

Task<void> open_stream_tunnel(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt) {
    accept(exchange);
    const auto limit = exchange.route->send_timeout;
    const auto first = attempt.arrived();
    if (!first.empty()) {
        const auto sent = co_await exchange.stream->send(first, false, limit, nullptr);
        if (!sent) co_return co_await attempt.finish(false);
        exchange.bytes_sent += first.size();
        exchange.body_bytes_sent += first.size();
    }
    auto taken = co_await attempt.hand_over();
    const auto& record = exchange.attempts.back();
    const TunnelSettings settings{.idle_limit = Duration(handler.read_timeout),
                                  .client_write_limit = Duration(limit),
                                  .endpoint_write_limit = Duration(handler.send_timeout)};
    const TunnelLog::Past past{.connection_opened = exchange.client.opened,
                               .began = exchange.started,
                               .attempt_began = attempt.started(),
                               .head_bytes = exchange.bytes_sent - exchange.body_bytes_sent};
    exchange.stream->tunnel = std::make_unique<StreamTunnel>(*exchange.stream, std::move(taken.connection),
                                                             std::move(taken.lease), settings, past);
    exchange.stream->tunnel->traffic() = {.from_client = 0,
                                          .to_client = exchange.bytes_sent,
                                          .from_endpoint = record.bytes_received,
                                          .to_endpoint = record.bytes_sent};
}

Task<void> end_with_stream_tunnel(Exchange& exchange) {
    auto& tunnel = *exchange.stream->tunnel;
    const auto& logs = exchange.route->access_logs;
    if (TunnelLog::can_begin(logs, exchange.publication->snapshot->model)) {
        tunnel.log.begin(logs, exchange, [&](model::VariableId id) { return exchange.earlier(id); });
        co_return;
    }
    const auto began = exchange.client.worker.loop.now();
    co_await tunnel.run();
    log_with_tunnel(exchange, tunnel.traffic(), began);
    exchange.stream->tunnel = nullptr;
}

}   // namespace gatehouse::exchange
