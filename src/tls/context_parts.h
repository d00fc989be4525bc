#pragma once
// The parts of making a context, one for each setting that can be wrong. Used by context.cc only.

#include "tls/context.h"
#include "tls/openssl.h"

#include <cstdint>

namespace gatehouse::tls {

// Idle sessions own no buffers; records are written whole, from wherever the text is. What is shown of a
// certificate's chain is what was given.
inline constexpr long session_modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN;

using ContextStep = tl::expected<void, ContextError>;

[[nodiscard]] std::uint64_t options_without(ProtocolSet protocols);   // SSL_OP_NO_… of those not in there
[[nodiscard]] std::uint64_t server_options(const ServerSettings& settings);
[[nodiscard]] ContextStep use_key_pairs(SSL_CTX* context, const std::vector<KeyPair>& pairs,
                                        const std::vector<std::string>& passwords,
                                        std::string_view certificate_setting, std::string_view key_setting);
[[nodiscard]] ContextStep choose_ciphers(SSL_CTX* context, const std::string& ciphers,
                                         std::string_view setting);
[[nodiscard]] ContextStep choose_curves(SSL_CTX* context, const std::string& curves);
[[nodiscard]] ContextStep use_dh_parameters(SSL_CTX* context, const std::string& pem);
// Certificates of authorities, and lists of what they revoked; "" is none.
[[nodiscard]] ContextStep trust(SSL_CTX* context, const std::string& pem, std::string_view setting);
[[nodiscard]] ContextStep revoke(SSL_CTX* context, const std::string& pem, std::string_view setting);
// Those that a client is told of, to choose its certificate by.
[[nodiscard]] ContextStep name_authorities(SSL_CTX* context, const std::string& pem);
// The same for settings that ask the same of clients' certificates, and only for those.
[[nodiscard]] std::uint64_t identity_of_verification(const ServerSettings& settings);
[[nodiscard]] ContextStep run_commands(SSL_CTX* context,
                                       const std::vector<std::pair<std::string, std::string>>& commands,
                                       std::string_view setting);

}   // namespace gatehouse::tls
