#pragma once
// ServerContext, ClientContext: settings made ready for sessions (OpenSSL's SSL_CTX): certificates parsed and
// matched with their keys, ciphers chosen, roots loaded. Immutable and shared by all threads; made when a
// configuration is read, so that a mistake in a certificate is one of the configuration. Sessions keep what
// they need of a context: it may go before them.

#include "tls/ocsp.h"
#include "tls/settings.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace gatehouse::tls {

// Which setting is to blame, by nginx's name for it ("ssl_certificate_key"), and OpenSSL's words.
struct ContextError {
    std::string_view setting;
    std::string path;   // of the file, where one is to blame
    std::string message;
};

// What does the cryptography: "OpenSSL 3.0.19 27 Jan 2026".
[[nodiscard]] std::string_view library_name();

class SessionCache;
class TicketKeys;

struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
};

class ServerContext {
public:
    static tl::expected<std::shared_ptr<const ServerContext>, ContextError> make(ServerSettings settings);

    ~ServerContext();
    ServerContext(const ServerContext&) = delete;
    ServerContext& operator=(const ServerContext&) = delete;

    [[nodiscard]] const ServerSettings& settings() const { return settings_; }
    [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }
    // A site without a certificate can take no handshake.
    [[nodiscard]] bool can_shake_hands() const {
        return !settings_.certificates.empty() && !settings_.reject_handshake;
    }
    // Of what is asked of clients' certificates: the same for contexts that ask the same.
    [[nodiscard]] std::uint64_t verification_id() const { return verification_id_; }
    [[nodiscard]] TicketKeys& ticket_keys() const;
    [[nodiscard]] SessionCache* session_cache() const { return cache_.get(); }   // null: none
    // About each certificate, where proofs are to be stapled; somebody has to ask them and give the staples
    // what is answered.
    [[nodiscard]] const std::vector<std::shared_ptr<const OcspQuestion>>& questions() const {
        return questions_;
    }
    // Why there is none about others.
    [[nodiscard]] const std::vector<std::string>& stapling_problems() const { return stapling_problems_; }

private:
    ServerContext();
    void ask_about_certificates();
    ServerSettings settings_;
    std::uint64_t verification_id_ = 0;
    std::unique_ptr<TicketKeys> own_ticket_keys_;   // null: the process's
    std::shared_ptr<SessionCache> cache_;
    std::vector<std::shared_ptr<const OcspQuestion>> questions_;
    std::vector<std::string> stapling_problems_;
    std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

class ClientContext {
public:
    static tl::expected<std::shared_ptr<const ClientContext>, ContextError> make(ClientSettings settings);

    [[nodiscard]] const ClientSettings& settings() const { return settings_; }
    // No other context of this process has or had it.
    [[nodiscard]] std::uint64_t id() const { return id_; }
    [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }

private:
    ClientContext();
    const std::uint64_t id_;
    ClientSettings settings_;
    std::unique_ptr<ssl_ctx_st, FreeContext> context_;
};

}   // namespace gatehouse::tls
