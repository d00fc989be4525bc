#include "exchange/handlers/connect.h"

#include "exchange/client_watch.h"
#include "exchange/h2_respond.h"
#include "exchange/handlers/choose.h"
#include "exchange/handlers/forward_failure.h"
#include "exchange/handlers/run_time_service.h"
#include "exchange/handlers/stream_relay.h"
#include "exchange/handlers/upgrade.h"
#include "exchange/response_head.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"
#include "model/source_address.h"
#include "upstream/balancer.h"
#include "upstream/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;
using model::TunnelHandler;

class Connecting {
public:
    Connecting(Exchange& exchange, const TunnelHandler& handler)
        : exchange_(exchange), handler_(handler), began_(exchange.client.worker.loop.now()) {}

    // go_on: found. Else what the client is told.
    Task<Outcome> find_target();
    // go_on: connected.
    Task<Outcome> run();
    Task<void> begin_on_connection();
    Task<void> run_on_stream();

private:
    [[nodiscard]] bool is_allowed(const RunTimeTarget& target);
    [[nodiscard]] bool is_allowed(const model::Endpoint& endpoint);
    Task<Result<upstream::ConnectionPtr>> try_endpoint();
    Outcome no_endpoint(const Error& error);
    Outcome give_up(const Error& error);
    Outcome denied();
    [[nodiscard]] bool may_go_on(bool is_listed);
    UpstreamAttempt& begin_attempt(std::string_view address);
    [[nodiscard]] std::optional<Outcome> failed(const Error& error);
    [[nodiscard]] std::optional<SocketAddress> own_address();
    void log(std::string_view text);

    Exchange& exchange_;
    const TunnelHandler& handler_;
    std::shared_ptr<const model::Service> service_;
    std::string_view address_;   // as in tunnel_pass, rendered
    std::string_view host_;      // of a run-time target whose addresses are to be looked at; "": none is
    std::vector<const model::Endpoint*> tried_;
    const loop::TimePoint began_;
    loop::TimePoint attempt_began_;
    upstream::EndpointLease lease_;
    upstream::ConnectionPtr connection_;
};

void Connecting::log(std::string_view text) {
    log::write_error(
        log::LogLevel::error, exchange_.route->error_logs, exchange_.client.number,
        fmt::format("{}, client: {}, server: {}, request: \"{}\", upstream: \"{}\"", text,
                    exchange_.client_ip(), exchange_.site->name, exchange_.request.line, address_));
}

Outcome Connecting::denied() {
    exchange_.reason = "tunnel-denied";
    return Outcome::answer(403);
}

// What can be said before a name is looked up.
bool Connecting::is_allowed(const RunTimeTarget& target) {
    if (is_unix_address(target.name)) {
        if (handler_.target_is_socket) return true;
        log("a request may not choose a socket for its tunnel");
        return false;
    }
    if (!handler_.allowed.allows_port(target.port)) {
        log(fmt::format("a tunnel to port {} is not allowed by \"tunnel_allow_ports\"", target.port));
        return false;
    }
    host_ = target.name;
    if (handler_.allowed.may_allow(host_)) return true;
    log(fmt::format("a tunnel to host {} is not allowed by \"tunnel_allow_hosts\"", host_));
    return false;
}

bool Connecting::is_allowed(const model::Endpoint& endpoint) {
    const auto is_forbidden = [&](const SocketAddress& address) {
        return !handler_.allowed.allows(host_, *address.get());
    };
    if (!host_.empty() && std::ranges::any_of(endpoint.addresses, is_forbidden)) {
        log(fmt::format("a tunnel to address {} is not allowed by \"tunnel_allow_hosts\"", endpoint.text));
        return false;
    }
    const auto is_false = [&](const model::Template& condition) {
        const auto value = exchange_.render(condition);
        return value.empty() || value == "0";
    };
    if (!std::ranges::any_of(handler_.conditions, is_false)) return true;
    log(fmt::format("a tunnel to {} is not allowed by \"tunnel_allow_upstream\"", endpoint.text));
    return false;
}

Task<Outcome> Connecting::find_target() {
    service_ = handler_.service;
    if (service_ != nullptr) {
        address_ = service_->name;
        co_return Outcome::go_on();
    }
    address_ = exchange_.keep(exchange_.render(handler_.target));
    const auto target = parse_run_time_address(address_);
    if (!target) {
        log("invalid address in \"tunnel_pass\"");
        co_return Outcome::answer(500);
    }
    auto& worker = exchange_.client.worker;
    const auto& snapshot = *exchange_.publication->snapshot;
    const bool is_configured =
        !is_unix_address(target->name) && names_configured_service(snapshot, target->host);
    if (!is_configured && !is_allowed(*target)) co_return denied();
    auto found = co_await find_service(worker, snapshot, model::VariableScope::http, *target);
    if (!found) {
        log(found.error().describe());
        if (found.error().code == ErrorCode::malformed) co_return Outcome::answer(500);
        co_return give_up(found.error());
    }
    service_ = *found;
    co_return Outcome::go_on();
}

UpstreamAttempt& Connecting::begin_attempt(std::string_view address) {
    const bool after_redirect =
        !exchange_.attempts.empty() && exchange_.attempts_before_redirect == exchange_.attempts.size();
    auto& attempt = exchange_.attempts.emplace_back(exchange_.arena());
    attempt.address = exchange_.keep(address);
    attempt.after_redirect = after_redirect;
    attempt_began_ = exchange_.client.worker.loop.now();
    return attempt;
}

Outcome Connecting::give_up(const Error& error) {
    const auto failing = explain(error, Fault::other);
    exchange_.reason = failing.reason;
    return Outcome::answer(failing.status);
}

Outcome Connecting::no_endpoint(const Error& error) {
    begin_attempt(service_->name).status = 502;
    log(error.describe());
    if (error.code == ErrorCode::unresolved)
        exchange_.client.worker.shared.services.suspect(*service_->state);
    return give_up(error);
}

bool Connecting::may_go_on(bool is_listed) {
    if (!is_listed) return false;
    if (handler_.next.tries != 0 && tried_.size() >= handler_.next.tries) return false;
    const auto spent = exchange_.client.worker.loop.now() - began_;
    return handler_.next.time.count() == 0 || spent < Duration(handler_.next.time);
}

std::optional<SocketAddress> Connecting::own_address() {
    if (handler_.bind_address.empty()) return {};
    const auto text = exchange_.render(handler_.bind_address);
    if (text.empty()) return {};
    const auto address = model::parse_source_address(text);
    if (!address) log(fmt::format("invalid local address \"{}\"", text));
    return address;
}

Task<Result<upstream::ConnectionPtr>> Connecting::try_endpoint() {
    auto& worker = exchange_.client.worker;
    const auto from = own_address();
    const upstream::ConnectOptions options{.timeout = Duration(handler_.connect_timeout),
                                           .no_delay = true,
                                           .keep_alive = handler_.socket_keepalive,
                                           .receive_buffer_bytes = handler_.receive_buffer_bytes,
                                           .send_buffer_bytes = handler_.send_buffer_bytes,
                                           .from = from ? &*from : nullptr};
    std::function<bool()> make_room = [&worker] { return worker.shed_idle(); };
    co_return co_await upstream::connect(worker.loop, lease_.shared(), options, std::move(make_room));
}

// nullopt: try another endpoint.
std::optional<Outcome> Connecting::failed(const Error& error) {
    auto& worker = exchange_.client.worker;
    auto& record = exchange_.attempts.back();
    record.response_time = worker.loop.now() - attempt_began_;
    if (exchange_.client_is_gone()) {
        exchange_.reason = "client-closed";
        exchange_.response.status = 499;
        return Outcome::close();
    }
    if (error.code == ErrorCode::canceled) return Outcome::close();
    log(error.describe());
    if (error.source == ErrorSource::internal) return give_up(error);   // our own shortage
    const bool timed_out = error.code == ErrorCode::timed_out;
    upstream::note_failure(*lease_, worker.loop.now());
    if (error.code == ErrorCode::refused || error.code == ErrorCode::unreachable)
        worker.shared.services.suspect(*service_->state);
    record.status = explain(error, Fault::other).status;
    if (!may_go_on(timed_out ? handler_.next.timeout : handler_.next.error)) return give_up(error);
    return std::nullopt;
}

Task<Outcome> Connecting::run() {
    exchange_.abandoned_by_fin = false;   // a client may have ended its side already
    auto& strand = co_await loop::this_strand();
    const ClientWatch client_gone(exchange_, strand);
    Outcome last = Outcome::go_on();   // of the endpoint before, if there was one
    while (true) {
        auto lease = choose_for(exchange_, *service_, tried_);
        if (!lease) co_return last.kind == Outcome::Kind::go_on ? no_endpoint(lease.error()) : last;
        lease_ = *std::move(lease);
        auto& worker = exchange_.client.worker;
        begin_attempt(lease_->text);
        tried_.push_back(&*lease_);
        if (!is_allowed(*lease_)) {
            exchange_.attempts.back().status = 403;
            last = denied();   // no failure of the endpoint's: any client could bring that about
            if (!may_go_on(handler_.next.denied)) co_return last;
            lease_.release();
            continue;
        }
        auto connected = co_await try_endpoint();
        auto& record = exchange_.attempts.back();
        if (connected) {
            connection_ = *std::move(connected);
            upstream::note_success(*lease_, attempt_began_);
            record.connect_time = record.header_time = worker.loop.now() - attempt_began_;
            record.status = 200;
            co_return Outcome::go_on();
        }
        if (const auto outcome = failed(connected.error())) co_return *outcome;
        last = give_up(connected.error());
        lease_.release();
    }
}

Task<void> Connecting::begin_on_connection() {
    Buffer head;
    write_tunnel_head(exchange_, head);
    const auto sent = co_await exchange_.client.stream.write(head.view(), exchange_.route->send_timeout);
    if (!sent) {
        note_failed_response(exchange_, sent.error());
        co_return;
    }
    exchange_.head_sent = true;
    exchange_.bytes_sent += head.size();
    begin_tunnel(exchange_, std::move(connection_), std::move(lease_),
                 {.idle_limit = Duration(handler_.read_timeout),
                  .client_write_limit = Duration(exchange_.route->send_timeout),
                  .endpoint_write_limit = Duration(handler_.send_timeout),
                  .buffer_bytes = handler_.buffer_bytes,
                  .half_close = true},
                 attempt_began_);
}

Task<void> Connecting::run_on_stream() {
    const auto fields = head_fields(exchange_);
    exchange_.stream->respond(exchange_.response.status, fields, false);
    exchange_.head_sent = true;
    co_await relay_on_stream(exchange_, {.endpoint = connection_->stream,
                                         .arrived = {},
                                         .idle_limit = Duration(handler_.read_timeout),
                                         .endpoint_write_limit = Duration(handler_.send_timeout),
                                         .when_lost = http::H2Code::connect_error});
    exchange_.attempts.back().response_time = exchange_.client.worker.loop.now() - attempt_began_;
    connection_ = nullptr;
    lease_.release();
}

}   // namespace

Task<Outcome> connect_tunnel(Exchange& exchange, const TunnelHandler& handler) {
    Connecting connecting(exchange, handler);
    Outcome outcome = co_await connecting.find_target();
    if (outcome.kind == Outcome::Kind::go_on) outcome = co_await connecting.run();
    exchange.attempts_before_redirect = exchange.attempts.size();
    if (outcome.kind != Outcome::Kind::go_on) co_return outcome;
    exchange.response = Response{};
    exchange.response.status = 200;
    run_response_steps(exchange);
    if (exchange.stream == nullptr) {
        co_await connecting.begin_on_connection();
    } else {
        co_await connecting.run_on_stream();
    }
    co_return Outcome::done();
}

}   // namespace gatehouse::exchange
