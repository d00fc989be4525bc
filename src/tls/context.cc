#include "tls/context.h"

#include "tls/context_parts.h"
#include "tls/session.h"
#include "tls/session_cache.h"
#include "tls/ticket_keys.h"

#include <atomic>

namespace gatehouse::tls {

using Step = tl::expected<void, ContextError>;

void FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

ServerContext::ServerContext() = default;
ServerContext::~ServerContext() = default;

ClientContext::ClientContext()
    : id_([] {
          static std::atomic<std::uint64_t> latest{0};
          return ++latest;
      }()) {}

TicketKeys& ServerContext::ticket_keys() const {
    return own_ticket_keys_ == nullptr ? TicketKeys::shared() : *own_ticket_keys_;
}

namespace {

Step take_client_verification(SSL_CTX* context, const ServerSettings& settings) {
    if (settings.client_verification == ClientVerification::off) return {};
    if (auto trusted = trust(context, settings.client_ca_pem, "ssl_client_certificate"); !trusted)
        return trusted;
    if (auto trusted = trust(context, settings.trusted_pem, "ssl_trusted_certificate"); !trusted)
        return trusted;
    if (auto named = name_authorities(context, settings.client_ca_pem); !named) return named;
    return revoke(context, settings.revoked_pem, "ssl_crl");
}

Step take_tickets(const ServerSettings& settings, std::unique_ptr<TicketKeys>& own) {
    std::vector<TicketKey> keys;
    for (const auto& text : settings.ticket_keys) {
        const auto key = TicketKey::parse(text);
        if (!key) {
            return tl::unexpected(ContextError{
                "ssl_session_ticket_key", "",
                "a ticket key file must have 48 or 80 bytes, this one has " + std::to_string(text.size())});
        }
        keys.push_back(*key);
    }
    if (!keys.empty()) own = std::make_unique<TicketKeys>(std::move(keys));
    return {};
}

// Stapling finds issuers there, too, and a mistake in there is one in any case.
Step take_stapling(SSL_CTX* context, const ServerSettings& settings) {
    const bool is_taken = settings.client_verification != ClientVerification::off;
    if (!settings.stapling || is_taken) return {};
    return trust(context, settings.trusted_pem, "ssl_trusted_certificate");
}

}   // namespace

void ServerContext::ask_about_certificates() {
    for (const auto& pair : settings_.certificates) {
        auto question = OcspQuestion::make(pair.certificate_pem,
                                           {.responder = settings_.stapling->responder,
                                            .trusted_pem = settings_.trusted_pem + settings_.client_ca_pem,
                                            .certificate_path = pair.certificate_path,
                                            .strict = settings_.stapling->verify});
        if (question) {
            questions_.push_back(*std::move(question));
        } else {
            stapling_problems_.push_back(question.error());
        }
    }
}

tl::expected<std::shared_ptr<const ServerContext>, ContextError> ServerContext::make(
    ServerSettings settings) {
    std::shared_ptr<ServerContext> made(new ServerContext());
    made->context_.reset(SSL_CTX_new(TLS_server_method()));
    auto* const context = made->context_.get();
    if (context == nullptr) return tl::unexpected(ContextError{"ssl", "", take_errors()});
    made->settings_ = std::move(settings);
    const ServerSettings& given = made->settings_;
    SSL_CTX_set_mode(context, session_modes);
    SSL_CTX_set_options(context, server_options(given));
    constexpr std::uint32_t early_data_bytes = 16 * 1024;   // of a client, as in nginx
    SSL_CTX_set_max_early_data(context, given.early_data ? early_data_bytes : 0);
    const auto done =
        use_key_pairs(context, given.certificates, given.passwords, "ssl_certificate", "ssl_certificate_key")
            .and_then([&] { return choose_ciphers(context, given.ciphers, "ssl_ciphers"); })
            .and_then([&] { return choose_curves(context, given.curves); })
            .and_then([&] { return use_dh_parameters(context, given.dh_parameters_pem); })
            .and_then([&] { return take_client_verification(context, given); })
            .and_then([&] { return take_stapling(context, given); })
            .and_then([&] { return take_tickets(given, made->own_ticket_keys_); })
            .and_then([&] { return run_commands(context, given.commands, "ssl_conf_command"); });
    if (!done) return tl::unexpected(done.error());
    if (given.session_cache.kind == SessionCacheSettings::Kind::shared)
        made->cache_ = SessionCache::named(given.session_cache.name, given.session_cache.bytes);
    SSL_CTX_set_timeout(context, static_cast<long>(given.session_timeout.count()));
    made->verification_id_ = identity_of_verification(given);
    if (given.stapling) made->ask_about_certificates();
    Session::prepare(*made);
    return made;
}

tl::expected<std::shared_ptr<const ClientContext>, ContextError> ClientContext::make(
    ClientSettings settings) {
    std::shared_ptr<ClientContext> made(new ClientContext());
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    auto* const context = made->context_.get();
    if (context == nullptr) return tl::unexpected(ContextError{"proxy_ssl", "", take_errors()});
    made->settings_ = std::move(settings);
    const ClientSettings& given = made->settings_;
    SSL_CTX_set_mode(context, session_modes);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF | options_without(given.protocols));
    std::vector<KeyPair> pairs;
    if (!given.certificate.certificate_pem.empty()) pairs.push_back(given.certificate);
    const auto done =
        use_key_pairs(context, pairs, given.passwords, "proxy_ssl_certificate", "proxy_ssl_certificate_key")
            .and_then([&] { return choose_ciphers(context, given.ciphers, "proxy_ssl_ciphers"); })
            .and_then([&] { return trust(context, given.trusted_pem, "proxy_ssl_trusted_certificate"); })
            .and_then([&] { return revoke(context, given.revoked_pem, "proxy_ssl_crl"); })
            .and_then([&] { return run_commands(context, given.commands, "proxy_ssl_conf_command"); });
    if (!done) return tl::unexpected(done.error());
    if (given.verify) {
        if (given.trusted_pem.empty()) SSL_CTX_set_default_verify_paths(context);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        // OpenSSL counts the certificates between the two ends, nginx counts the root as well
        SSL_CTX_set_verify_depth(context, given.verify_depth);
    }
    Session::prepare(*made);
    return made;
}

}   // namespace gatehouse::tls
