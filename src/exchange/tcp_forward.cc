#include "exchange/tcp_forward.h"

#include "exchange/handlers/run_time_service.h"
#include "exchange/handlers/upstream_tls.h"
#include "exchange/worker_state.h"
#include "model/source_address.h"
#include "net/proxy_protocol.h"
#include "upstream/balancer.h"
#include "upstream/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace gatehouse::exchange {
namespace {

using loop::Duration;
using loop::Task;
using model::TcpForward;

std::string_view reason_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::timed_out: return "upstream-timeout";
        case ErrorCode::refused: return "upstream-refused";
        case ErrorCode::reset: return "upstream-reset";
        case ErrorCode::closed: return "upstream-closed";
        case ErrorCode::unreachable: return "upstream-unreachable";
        case ErrorCode::no_endpoint: return "no-live-endpoint";
        case ErrorCode::unresolved: return "upstream-unresolved";
        case ErrorCode::too_many_files:
        case ErrorCode::out_of_memory: return "gateway-exhausted";
        default: return "upstream-error";
    }
}

Failure blame_upstream(Error error) {
    error.source = ErrorSource::upstream;
    return Failure(error);
}

class Forwarding {
public:
    Forwarding(TcpSession& session, const TcpForward& forward)
        : session_(session), forward_(forward), began_(session.client.worker.loop.now()) {}

    Task<Result<>> find_service();
    Task<TcpForwarded> run();
    int give_up(const Error& error, int status);

private:
    Task<Result<upstream::ConnectionPtr>> try_endpoint(std::shared_ptr<model::Endpoint> endpoint);
    Task<Result<>> shake_hands(upstream::Connection& connection);
    [[nodiscard]] UpstreamTls tls_of();
    [[nodiscard]] std::string proxy_header();
    [[nodiscard]] std::optional<SocketAddress> own_address();
    Result<upstream::EndpointLease> choose();
    [[nodiscard]] bool may_go_on() const;
    void failed(model::Endpoint& endpoint, const Error& error);
    TcpAttempt& begin_attempt(std::string_view address);
    TunnelSettings settings();

    TcpSession& session_;
    const TcpForward& forward_;
    std::shared_ptr<const model::Service> service_;
    std::string_view host_;   // of a run-time target, without its port
    bool is_run_time_ = false;
    std::vector<const model::Endpoint*> tried_;
    const loop::TimePoint began_;
    std::string header_;   // not sent yet
    std::string_view action_;
};

int Forwarding::give_up(const Error& error, int status) {
    session_.reason = reason_of(error);
    return status;
}

Task<Result<>> Forwarding::find_service() {
    service_ = forward_.service;
    if (service_ != nullptr) co_return Result<>();
    const auto rendered = session_.keep(session_.render(forward_.target));
    const auto target = parse_run_time_address(rendered);
    if (!target) {
        session_.log(log::LogLevel::error, fmt::format("invalid address in upstream \"{}\"", rendered));
        co_return fail(ErrorCode::malformed, "proxy_pass", ErrorSource::internal);
    }
    is_run_time_ = true;
    host_ = target->name;
    auto& worker = session_.client.worker;
    const auto& snapshot = *session_.publication->snapshot;
    auto found = co_await exchange::find_service(worker, snapshot, model::VariableScope::tcp, *target);
    if (!found) {
        session_.log(log::LogLevel::error,
                     found.error().code == ErrorCode::malformed
                         ? fmt::format("{} \"{}\"", found.error().what, rendered)
                         : fmt::format("{} could not be resolved ({})", rendered, found.error().describe()));
        co_return Failure(found.error());
    }
    service_ = *found;
    co_return Result<>();
}

Result<upstream::EndpointLease> Forwarding::choose() {
    auto& worker = session_.client.worker;
    const auto& key = service_->hash_key;
    return upstream::choose_endpoint({.service = *service_,
                                      .endpoints = *worker.endpoints_of(*service_),
                                      .tried = tried_,
                                      .key = key.empty() ? std::string_view() : session_.render(key),
                                      .now = worker.loop.now(),
                                      .random = worker.random});
}

TcpAttempt& Forwarding::begin_attempt(std::string_view address) {
    auto& attempt = session_.attempts.emplace_back(session_.arena());
    attempt.address = session_.keep(address);
    attempt.began = session_.client.worker.loop.now();
    return attempt;
}

// As in nginx, every endpoint that is not down counts, be it alive or not.
bool Forwarding::may_go_on() const {
    const auto& endpoints = *session_.client.worker.endpoints_of(*service_);
    const auto is_up = [](const auto& endpoint) { return !endpoint->server.down; };
    const auto count =
        std::ranges::count_if(endpoints.primary, is_up) + std::ranges::count_if(endpoints.backup, is_up);
    if (!forward_.next_upstream || std::cmp_greater_equal(tried_.size(), count)) return false;
    if (forward_.next_upstream_tries != 0 && tried_.size() >= forward_.next_upstream_tries) return false;
    const auto spent = session_.client.worker.loop.now() - began_;
    return forward_.next_upstream_time.count() == 0 || spent < Duration(forward_.next_upstream_time);
}

void Forwarding::failed(model::Endpoint& endpoint, const Error& error) {
    auto& worker = session_.client.worker;
    const bool timed_out = error.code == ErrorCode::timed_out;
    session_.log(log::LogLevel::error, timed_out ? "upstream timed out" : fmt::format("{}", error.describe()),
                 action_);
    upstream::note_failure(endpoint, worker.loop.now());
    if (error.code == ErrorCode::refused || error.code == ErrorCode::unreachable)
        worker.shared.services.suspect(*service_->state);
    tried_.push_back(&endpoint);
}

std::optional<SocketAddress> Forwarding::own_address() {
    if (forward_.bind_address.empty()) return {};
    const auto text = session_.render(forward_.bind_address);
    if (text.empty()) return {};
    const auto address = model::parse_source_address(text);
    if (!address) session_.log(log::LogLevel::error, fmt::format("invalid local address \"{}\"", text));
    return address;
}

std::string Forwarding::proxy_header() {
    switch (forward_.proxy_header) {
        case TcpForward::ProxyHeader::off: return {};
        case TcpForward::ProxyHeader::v1:
            return net::write_proxy_v1(session_.client_address(), session_.local_address());
        case TcpForward::ProxyHeader::v2:
            return net::write_proxy_v2(session_.client_address(), session_.local_address());
    }
    return {};
}

UpstreamTls Forwarding::tls_of() {
    const auto name =
        session_.keep(host_alone(forward_.tls_name.empty() ? host_ : session_.render(forward_.tls_name)));
    SocketAddress address;
    const bool is_unnamed = is_run_time_ && (service_->is_explicit || is_unix_address(host_) ||
                                             SocketAddress::parse(host_, 0, address));
    if (is_unnamed) return {forward_.tls_unnamed, name, forward_.tls_unnamed_sends_name};
    return {forward_.tls, name, forward_.tls_sends_name};
}

Task<Result<>> Forwarding::shake_hands(upstream::Connection& connection) {
    constexpr std::size_t longest = 255;   // RFC 7301 section 3.1
    const auto tls = tls_of();
    std::vector<std::string_view> protocols;
    for (const auto& protocol : forward_.application_protocols) {
        const auto text = session_.keep(session_.render(protocol));
        if (!text.empty() && text.size() <= longest) protocols.push_back(text);
    }
    co_return co_await begin_upstream_tls(session_.client.worker, connection, tls,
                                          Duration(forward_.connect_timeout), protocols);
}

Task<Result<upstream::ConnectionPtr>> Forwarding::try_endpoint(std::shared_ptr<model::Endpoint> endpoint) {
    auto& worker = session_.client.worker;
    const auto from = own_address();
    const upstream::ConnectOptions options{.timeout = Duration(forward_.connect_timeout),
                                           .no_delay = session_.site->tcp_nodelay,
                                           .keep_alive = forward_.socket_keepalive,
                                           .receive_buffer_bytes = forward_.receive_buffer_bytes,
                                           .send_buffer_bytes = forward_.send_buffer_bytes,
                                           .from = from ? &*from : nullptr};
    std::function<bool()> make_room = [&worker] { return worker.shed_idle(); };
    action_ = "connecting to upstream";
    auto connected =
        co_await upstream::connect(worker.loop, std::move(endpoint), options, std::move(make_room));
    if (!connected) co_return connected;
    header_ = proxy_header();
    if (forward_.tls != nullptr) {
        action_ = "SSL handshaking to upstream";
        if (!header_.empty()) {   // outside of TLS, which is between the endpoint and us
            const auto sent =
                co_await (*connected)->stream.write(header_, Duration(forward_.connect_timeout));
            if (!sent) co_return blame_upstream(sent.error());
            session_.attempts.back().bytes_sent += header_.size();
            header_.clear();
        }
        const auto shaken = co_await shake_hands(**connected);
        if (!shaken) co_return Failure(shaken.error());
    }
    co_return connected;
}

TunnelSettings Forwarding::settings() {
    const Duration idle(forward_.idle_timeout);
    return {.idle_limit = idle,
            .client_write_limit = idle,
            .endpoint_write_limit = idle,
            .buffer_bytes = forward_.buffer_bytes,
            .upload_rate = session_.size_of(forward_.upload_rate),
            .download_rate = session_.size_of(forward_.download_rate),
            .half_close = forward_.half_close,
            .end_limit = forward_.end_timeout.count() == 0 ? loop::forever : Duration(forward_.end_timeout)};
}

Task<TcpForwarded> Forwarding::run() {
    auto& worker = session_.client.worker;
    TcpForwarded done;
    while (true) {
        auto lease = choose();
        if (!lease) {
            begin_attempt(service_->name);
            session_.log(log::LogLevel::error,
                         lease.error().code == ErrorCode::unresolved
                             ? "the upstream's name has no address yet"
                             : "no live upstreams",
                         "connecting to upstream");
            if (lease.error().code == ErrorCode::unresolved) worker.shared.services.suspect(*service_->state);
            done.status = give_up(lease.error(), 502);
            co_return done;
        }
        begin_attempt((*lease)->text);
        auto connection = co_await try_endpoint(lease->shared());
        auto& attempt = session_.attempts.back();
        const auto took = worker.loop.now() - attempt.began;
        if (connection) {
            attempt.connect_time = took;
            upstream::note_success(**lease, attempt.began);
            done.endpoint = *std::move(connection);
            done.lease = *std::move(lease);
            break;
        }
        attempt.session_time = took;
        const Error error = connection.error();
        const bool is_ours = error.source == ErrorSource::internal;
        if (error.code == ErrorCode::canceled || is_ours) {
            if (is_ours) session_.log(log::LogLevel::crit, error.describe(), action_);
            done.status = give_up(error, 500);
            co_return done;
        }
        failed(**lease, error);
        lease->release();
        if (!may_go_on()) {
            done.status = give_up(error, 502);
            co_return done;
        }
    }
    done.settings = settings();
    done.first.append(header_);
    session_.traffic.from_client = session_.client.in.size();
    done.first.append(session_.client.in.view());
    session_.client.in.release();
    co_return done;
}

}   // namespace

Task<TcpForwarded> forward_tcp(TcpSession& session, const TcpForward& forward) {
    Forwarding forwarding(session, forward);
    const auto found = co_await forwarding.find_service();
    if (!found) {
        TcpForwarded failed;
        failed.status = forwarding.give_up(found.error(), 500);
        co_return failed;
    }
    co_return co_await forwarding.run();
}

}   // namespace gatehouse::exchange
