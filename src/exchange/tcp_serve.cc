#include "exchange/tcp_serve.h"

#include "base/text.h"
#include "exchange/idle_wait.h"
#include "exchange/linger.h"
#include "exchange/open_tunnel.h"
#include "exchange/proxy_header.h"
#include "exchange/real_ip.h"
#include "exchange/tcp_forward.h"
#include "exchange/tcp_session.h"
#include "exchange/tls_accept.h"
#include "exchange/tls_checks.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>

#include <array>
#include <vector>

namespace gatehouse::exchange {
namespace {

using log::LogLevel;
using loop::Duration;
using loop::Task;

// What a connection ends with, as nginx has it; `go_on`: it does not end here.
enum Status : int { go_on = 0, ok = 200, bad_request = 400, forbidden = 403, internal_error = 500 };

Task<Status> read_proxy_header(TcpSession& session) {
    if (!session.client.proxy_header_due) co_return go_on;
    const auto read =
        co_await exchange::read_proxy_header(session.client, Duration(session.site->proxy_protocol_timeout));
    switch (read) {
        case ProxyHeaderRead::done: co_return go_on;
        case ProxyHeaderRead::broken: session.reason = "proxy-header-broken"; co_return bad_request;
        case ProxyHeaderRead::gone: break;
    }
    session.reason = "client-closed";
    co_return ok;
}

void apply_real_ip(TcpSession& session, const model::RealIp& settings) {
    const auto& proxied = session.client.proxied;
    if (proxied == nullptr || !settings.trusts_anybody()) return;
    if (trusts(session.client.worker, settings, session.client_address()))
        session.set_real_address(proxied->source.expand());
}

Status check_access(TcpSession& session) {
    const auto* rule = session.site->access.find(*session.client_address().get());
    if (rule == nullptr || rule->allow) return go_on;
    session.reason = "access-forbidden";
    session.log(LogLevel::error, "access forbidden by rule");
    return forbidden;
}

// The site that a hello's name leads to, its certificate and protocols.
class Chooser final : public tls::ContextChooser {
public:
    explicit Chooser(TcpSession& session) : session_(session) { take_protocols(); }

    std::shared_ptr<const tls::ServerContext> choose(std::string_view name) override {
        if (!name.empty()) session_.choose_site(name);   // else the listener's default one
        take_protocols();
        const auto& own = session_.site->tls;
        return own != nullptr ? own : session_.listener.tcp_sites.default_site().tls;
    }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return protocols_;
    }
    [[nodiscard]] bool refuses_other_protocols() const override { return !protocols_.empty(); }

private:
    void take_protocols() {
        const auto& names = session_.site->application_protocols;
        protocols_.assign(names.begin(), names.end());
    }
    TcpSession& session_;
    std::vector<std::string_view> protocols_;
};

// On a route's terms, for whatever name. As in Go a client that offers only other protocols is refused.
class OnTerms final : public tls::ContextChooser {
public:
    explicit OnTerms(TcpSession& session) : session_(session) {
        const auto& names = session.site->tls_terms->application_protocols;
        protocols_.assign(names.begin(), names.end());
    }
    std::shared_ptr<const tls::ServerContext> choose(std::string_view name) override {
        return choose_context(*session_.site->tls_terms, name, session_.client);
    }
    [[nodiscard]] std::span<const std::string_view> application_protocols() const override {
        return protocols_;
    }
    [[nodiscard]] bool refuses_other_protocols() const override { return !protocols_.empty(); }

private:
    TcpSession& session_;
    std::vector<std::string_view> protocols_;
};

// Unlike with HTTP there is no way to tell the client.
Status check_certificate(TcpSession& session) {
    const auto& context = session.site->tls;
    if (context == nullptr) return go_on;
    const auto verdict =
        judge_certificate(*session.client.stream.tls(), context->settings().client_verification);
    switch (verdict.kind) {
        case CertificateVerdict::Kind::good: return go_on;
        case CertificateVerdict::Kind::missing:
            session.reason = "no-client-certificate";
            session.log(LogLevel::info, "client sent no required SSL certificate", "SSL handshaking");
            break;
        case CertificateVerdict::Kind::bad:
            session.reason = "bad-client-certificate";
            session.log(LogLevel::info,
                        fmt::format("client SSL certificate verify error: ({})", verdict.problem),
                        "SSL handshaking");
    }
    return internal_error;
}

Task<Status> shake_hands(TcpSession& session, std::shared_ptr<const tls::ServerContext> by_default,
                         tls::ContextChooser& chooser) {
    auto& client = session.client;
    session.reason = "tls-handshake-failed";
    auto made = tls::Session::accept({.default_context = std::move(by_default),
                                      .chooser = chooser,
                                      .unix_seconds = client.worker.unix_time()});
    made->in().append(client.in.view());
    client.in.release();
    const auto begun = co_await client.stream.begin_tls(std::move(made), Duration(session.site->tls_timeout));
    if (!begun) {
        session.log(LogLevel::info, begun.error().describe(), "SSL handshaking");
        co_return internal_error;
    }
    session.reason = {};
    co_return check_certificate(session);
}

Task<Status> accept_tls(TcpSession& session) {
    if (!session.listener.listener.options.tls) co_return go_on;
    auto& client = session.client;
    const auto& by_default = session.listener.tcp_sites.default_site();
    session.reason = "tls-handshake-failed";
    const Duration patience(session.site->tls_timeout);
    if (client.in.empty()) {   // before it says anything there is nothing to remember of it
        const bool arrived = co_await wait_while_idle(client, patience);
        if (!arrived) co_return internal_error;
    }
    if (by_default.tls == nullptr) {
        session.log(LogLevel::info, "no certificate for this listener", "SSL handshaking");
        co_return internal_error;
    }
    Chooser chooser(session);
    co_return co_await shake_hands(session, by_default.tls, chooser);
}

// What has arrived of a hello; nothing: more must be read.
std::optional<Status> look_at_hello(TcpSession& session) {
    using State = net::HelloProgress::State;
    const auto& in = session.client.in;
    const auto most = session.site->preread_bytes;
    auto hello = std::make_unique<net::ClientHello>();
    switch (net::parse_client_hello(in.view().substr(0, most), *hello).state) {
        case State::need_more: break;
        case State::refused: return go_on;   // whatever it is, it is passed on
        case State::done:
            if (!hello->server_name.empty()) session.choose_site(lower(hello->server_name));
            session.hello = std::move(hello);
            return go_on;
    }
    if (in.size() < most) return {};
    session.reason = "preread-buffer-full";
    session.log(LogLevel::error, "preread buffer full", "prereading client data");
    return bad_request;
}

Task<Status> preread(TcpSession& session) {
    if (!session.site->preread_tls) co_return go_on;
    auto& client = session.client;
    const auto most = session.site->preread_bytes;
    const loop::Deadline deadline(co_await loop::this_strand(), Duration(session.site->preread_timeout));
    while (true) {
        if (const auto seen = look_at_hello(session)) co_return *seen;
        bool goes_on = true;
        if (client.in.empty()) goes_on = co_await wait_while_idle(client, loop::forever);
        if (goes_on) {
            const auto read = co_await client.stream.read(client.in, most - client.in.size(), loop::forever);
            if (read && *read > 0) continue;
        }
        session.reason = deadline.expired() ? "preread-timeout" : "client-closed";
        co_return ok;
    }
}

Task<Status> admit(TcpSession& session) {
    auto status = co_await read_proxy_header(session);
    if (status != go_on) co_return status;
    apply_real_ip(session, session.site->real_ip);
    session.run_script();
    status = check_access(session);
    if (status != go_on) co_return status;
    status = co_await accept_tls(session);
    if (status != go_on) co_return status;
    co_return co_await preread(session);
}

Task<Status> tell(TcpSession& session, const model::TcpReturn& what) {
    constexpr Duration patience = std::chrono::seconds(5);   // nginx's
    const auto text = session.render(what.text);
    auto writing = session.client.stream.write(text, patience);
    const auto written = co_await writing;
    session.traffic.to_client = writing.written();
    if (!written) co_return written.error().code == ErrorCode::timed_out ? ok : internal_error;
    co_return ok;
}

// The tunnel to where the session leads, with what is to be logged of it.
std::unique_ptr<OpenTunnel> open(std::unique_ptr<TcpSession> session, TcpForwarded forwarded) {
    auto& last = session->attempts.back();
    session->status = ok;
    session->traffic.to_endpoint = last.bytes_sent;
    const TunnelLog::Past past{
        .connection_opened = session->client.opened, .began = session->started, .attempt_began = last.began};
    auto open = std::make_unique<OpenTunnel>(session->client.stream, std::move(forwarded.endpoint),
                                             std::move(forwarded.lease), forwarded.settings, past);
    open->tunnel.traffic() = session->traffic;
    open->tunnel.put_first(std::move(forwarded.first));
    open->counted = std::move(session->counted);
    const auto& site = *session->site;
    if (log::is_logged(LogLevel::info, site.error_logs)) {
        session->log(LogLevel::info, fmt::format("proxy connected to {}", last.address));
        open->log.note_end(site.error_logs, session->client.number);
    }
    if (TunnelLog::can_begin(site.access_logs, session->publication->snapshot->model)) {
        open->log.begin(site.access_logs, *session,
                        [&](model::VariableId id) { return session->earlier(id); });
    } else {
        open->session = std::move(session);
    }
    return open;
}

// `status`: of what came before. Null: it is over already, which was logged.
Task<std::unique_ptr<OpenTunnel>> go_on_from(std::unique_ptr<TcpSession> session, int status) {
    auto& connection = session->client;
    if (status == go_on && !session->site->tcp_nodelay) {
        auto& channel = connection.stream.channel();
        channel.loop().backend().set_option(channel.fd(), loop::SocketOption::no_delay, 0);
    }
    const auto& handler = session->site->handler;
    if (status == go_on) {
        if (const auto* forward = std::get_if<model::TcpForward>(&handler)) {
            auto forwarded = co_await forward_tcp(*session, *forward);
            status = forwarded.status;
            if (status == go_on) co_return open(std::move(session), std::move(forwarded));
        } else if (const auto* what = std::get_if<model::TcpReturn>(&handler)) {
            status = co_await tell(*session, *what);
        } else {
            status = internal_error;
        }
    }
    session->status = status;
    session->write_access_logs();
    const bool was_told = session->traffic.to_client > 0;
    session = nullptr;
    if (was_told) {
        constexpr Duration longest = std::chrono::seconds(5);
        connection.let_go_of_port();
        co_await linger(connection, longest, longest);
    }
    co_return nullptr;
}

void log_end(ClientConnection& connection, OpenTunnel& open) {
    open.log.finish(connection.worker, open.tunnel.facts());
    if (open.session == nullptr) return;
    auto& session = *open.session;
    auto& attempt = session.attempts.back();
    session.traffic = open.tunnel.traffic();
    attempt.bytes_sent = session.traffic.to_endpoint;
    attempt.bytes_received = session.traffic.from_endpoint;
    attempt.session_time = connection.worker.loop.now() - attempt.began;
    if (const auto first = open.tunnel.facts().first_byte_at)
        attempt.first_byte_time = *first - attempt.began;
    session.write_access_logs();
}

Task<std::unique_ptr<OpenTunnel>> begin(ClientConnection& connection) {
    const auto& site = connection.port.listener->tcp_sites.default_site();
    auto session = std::make_unique<TcpSession>(connection, site);
    session->log(LogLevel::info, fmt::format("client connected to {}", session->listener.listener.text));
    const Status status = co_await admit(*session);
    co_return co_await go_on_from(std::move(session), status);
}

}   // namespace

Task<void> serve_tcp(WorkerState& worker, Port& port, int fd, PeerAddress peer) {
    ClientConnection connection(worker, port, fd, peer);
    if (!connection.stream.start()) co_return;
    connection.tunnel = co_await begin(connection);
    if (connection.tunnel != nullptr) co_await run_tcp(connection);
}

Task<void> pass_on(ClientConnection& connection, const model::TcpSite& site,
                   std::unique_ptr<const net::ClientHello> hello) {
    auto session = std::make_unique<TcpSession>(connection, site);
    session->hello = std::move(hello);
    session->log(LogLevel::info, fmt::format("client connected to {}", session->listener.listener.text));
    apply_real_ip(*session, session->listener.listener.tcp_routes->real_ip);
    Status status = pass_filters(*session) ? go_on : forbidden;
    if (status == go_on && site.tls_terms != nullptr) {
        OnTerms chooser(*session);
        status = co_await shake_hands(*session, site.tls, chooser);
    }
    connection.tunnel = co_await go_on_from(std::move(session), status);
}

Task<void> run_tcp(ClientConnection& connection) {
    connection.let_go_of_port();
    co_await connection.tunnel->tunnel.run();
    log_end(connection, *connection.tunnel);
}

}   // namespace gatehouse::exchange
