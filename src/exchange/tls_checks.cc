#include "exchange/tls_checks.h"

#include "base/text.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using tls::ClientVerification;

Outcome refuse(Exchange& exchange, int status, std::string_view why, const char* reason) {
    exchange.reason = reason;
    log::write_error(
        log::LogLevel::info, exchange.route->error_logs, exchange.client.number,
        fmt::format("{}, client: {}, request: \"{}\"", why, exchange.client_ip(), exchange.request.line));
    return Outcome::answer(status);
}

Outcome refuse_misdirected(Exchange& exchange) {
    return refuse(exchange, 421,
                  "client attempted to request the server name different from the one that was negotiated",
                  "misdirected-request");
}

const model::TlsTerms& terms_agreed_on(const model::TlsByName& by_name, const tls::Session& session) {
    if (by_name.is_uniform()) return *by_name.terms.front();
    std::string name = lower(session.server_name());
    if (name.ends_with('.')) name.pop_back();
    return by_name.terms_for(name);
}

// Where rules take what no site's name does, hands were shaken as the default site has it.
const tls::ServerContext* context_of(const Exchange& exchange) {
    const auto& listener = exchange.listener;
    const bool is_by_rules = exchange.site == listener.listener.rule_site.get();
    return is_by_rules ? listener.sites.default_site().tls.get() : exchange.site->tls.get();
}

}   // namespace

CertificateVerdict judge_certificate(const tls::Session& session, ClientVerification wanted) {
    using Kind = CertificateVerdict::Kind;
    if (wanted == ClientVerification::off || wanted == ClientVerification::requested) return {};
    const auto peer = session.peer_certificate();
    if (!peer.is_there) {
        const bool is_needed = wanted == ClientVerification::on || wanted == ClientVerification::required;
        return {.kind = is_needed ? Kind::missing : Kind::good};
    }
    const bool only_unknown = peer.is_of_unknown_authority && wanted == ClientVerification::optional_no_ca;
    if (peer.problem == nullptr || only_unknown || wanted == ClientVerification::required) return {};
    return {.kind = Kind::bad, .problem = peer.problem};
}

bool came_early(const Exchange& exchange) {
    const auto* const session = exchange.client.stream.tls();
    return session != nullptr && session->is_early();
}

Outcome check_tls(Exchange& exchange) {
    if (exchange.client.plain_on_tls)
        return refuse(exchange, 497, "client sent plain HTTP request to HTTPS port", "plain-http-on-tls");
    const auto* session = exchange.client.stream.tls();
    // RFC 8470 section 5.2: the client asks again when the handshake is complete
    if (came_early(exchange) && !http::is_safe(exchange.method))
        return refuse(exchange, 425, "client sent an unsafe request in early data", "early-data");
    const auto* context = context_of(exchange);
    if (session == nullptr || context == nullptr) return Outcome::go_on();
    const auto* by_name = exchange.site->tls_by_name.get();
    if (by_name != nullptr && exchange.site == exchange.listener.listener.secure_site.get()) {
        const auto& terms = terms_agreed_on(*by_name, *session);
        if (&terms != &by_name->terms_for(exchange.host.name)) return refuse_misdirected(exchange);
        context = terms.otherwise.get();
    }
    const auto wanted = context->settings().client_verification;
    if (wanted == ClientVerification::off) return Outcome::go_on();
    // Names are not compared again: what counts is what the client was asked for.
    if (session->verification_id() != context->verification_id()) return refuse_misdirected(exchange);
    const auto verdict = judge_certificate(*session, wanted);
    switch (verdict.kind) {
        case CertificateVerdict::Kind::good: break;
        case CertificateVerdict::Kind::missing:
            return refuse(exchange, 496, "client sent no required SSL certificate", "no-client-certificate");
        case CertificateVerdict::Kind::bad:
            return refuse(exchange, 495,
                          fmt::format("client SSL certificate verify error: ({})", verdict.problem),
                          "bad-client-certificate");
    }
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
