#include "exchange/handlers/upgrade.h"

#include "exchange/access_log.h"
#include "exchange/open_tunnel.h"
#include "exchange/worker_state.h"
#include "http/h1_writer.h"

#include <array>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;

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

Task<void> upgrade(Exchange& exchange, const model::ForwardHandler& handler, H1Attempt& attempt) {
    exchange.keep_alive = false;
    auto& connection = exchange.client;
    const Buffer head = switching_head(exchange, attempt.head());
    const std::array<std::string_view, 2> pieces{head.view(), attempt.arrived()};
    const auto sent = co_await connection.stream.write(pieces, exchange.route->send_timeout);
    auto taken = co_await attempt.hand_over();
    if (!sent) co_return;
    exchange.head_sent = true;
    exchange.bytes_sent += head.size() + attempt.arrived().size();
    exchange.body_bytes_sent += attempt.arrived().size();
    begin_tunnel(exchange, std::move(taken.connection), std::move(taken.lease),
                 {.idle_limit = Duration(handler.read_timeout),
                  .client_write_limit = Duration(exchange.route->send_timeout),
                  .endpoint_write_limit = Duration(handler.send_timeout),
                  .half_close = true},
                 attempt.started());
}

void begin_tunnel(Exchange& exchange, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
                  const TunnelSettings& settings, loop::TimePoint attempt_began) {
    auto& connection = exchange.client;
    const auto& record = exchange.attempts.back();
    const TunnelLog::Past past{.connection_opened = connection.opened,
                               .began = exchange.started,
                               .attempt_began = attempt_began,
                               .head_bytes = exchange.bytes_sent - exchange.body_bytes_sent};
    connection.tunnel = std::make_unique<OpenTunnel>(connection.stream, std::move(endpoint), std::move(lease),
                                                     settings, past);
    connection.tunnel->tunnel.traffic() = {.from_client = 0,
                                           .to_client = exchange.bytes_sent,
                                           .from_endpoint = record.bytes_received,
                                           .to_endpoint = record.bytes_sent};
    connection.tunnel->tunnel.put_first(std::move(connection.in));
}

void log_with_tunnel(Exchange& exchange, const Tunnel::Traffic& traffic, loop::TimePoint began) {
    exchange.body_bytes_sent += traffic.to_client - exchange.bytes_sent;
    exchange.bytes_sent = traffic.to_client;
    auto& record = exchange.attempts.back();
    record.bytes_received = traffic.from_endpoint;
    record.bytes_sent = traffic.to_endpoint;
    record.response_time =
        record.response_time.value_or(Duration::zero()) + (exchange.client.worker.loop.now() - began);
    write_access_logs(exchange);
}

Task<void> end_with_tunnel(Exchange& exchange) {
    auto& open = *exchange.client.tunnel;
    const auto& logs = exchange.route->access_logs;
    if (TunnelLog::can_begin(logs, exchange.publication->snapshot->model)) {
        open.log.begin(logs, exchange, [&](model::VariableId id) { return exchange.earlier(id); });
        co_return;
    }
    const auto began = exchange.client.worker.loop.now();
    co_await open.tunnel.run();
    log_with_tunnel(exchange, open.tunnel.traffic(), began);
    exchange.client.tunnel = nullptr;
}

}   // namespace gatehouse::exchange
