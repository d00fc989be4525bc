#pragma once
// What there is to tell of an established session and of the certificate its peer showed: the texts of
// nginx's $ssl_ variables. Pure; texts are made in the arena or live as long as the session. Nothing: nginx
// has no value there either.

#include "base/arena.h"
#include "tls/session.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::tls {

using Fact = std::optional<std::string_view>;

[[nodiscard]] Fact protocol_name(const Session& session);                   // "TLSv1.3"
[[nodiscard]] Fact cipher_name(const Session& session);                     // as OpenSSL calls it
[[nodiscard]] Fact offered_ciphers(const Session& session, Arena& arena);   // the client's, "a:b:0x1301"
[[nodiscard]] Fact curve(const Session& session, Arena& arena);             // agreed on for the keys
[[nodiscard]] Fact offered_curves(const Session& session, Arena& arena);
[[nodiscard]] Fact offered_signatures(const Session& session, Arena& arena);   // "0x0403:0x0804"
[[nodiscard]] Fact session_id(const Session& session, Arena& arena);           // hexadecimal
[[nodiscard]] Fact reuse(const Session& session);                              // "r" resumed, "." not
[[nodiscard]] Fact early_data(const Session& session);   // "1" until the handshake is complete

// Of the peer's certificate.
[[nodiscard]] Fact certificate_verdict(const Session& session,
                                       Arena& arena);   // NONE, SUCCESS, FAILED:reason
[[nodiscard]] Fact certificate_pem(const Session& session, Arena& arena);
[[nodiscard]] Fact certificate_for_field(const Session& session, Arena& arena);   // PEM, lines go on by a tab
[[nodiscard]] Fact certificate_escaped(const Session& session, Arena& arena);     // PEM, percent-encoded
[[nodiscard]] Fact subject(const Session& session, Arena& arena);                 // RFC 2253
[[nodiscard]] Fact issuer(const Session& session, Arena& arena);
[[nodiscard]] Fact subject_in_slashes(const Session& session, Arena& arena);   // "/CN=…"
[[nodiscard]] Fact issuer_in_slashes(const Session& session, Arena& arena);
[[nodiscard]] Fact serial_number(const Session& session, Arena& arena);   // hexadecimal
[[nodiscard]] Fact fingerprint(const Session& session, Arena& arena);     // SHA-1, hexadecimal
[[nodiscard]] Fact valid_from(const Session& session, Arena& arena);      // "Nov 21 15:00:00 2026 GMT"
[[nodiscard]] Fact valid_until(const Session& session, Arena& arena);
[[nodiscard]] Fact days_left(const Session& session, Arena& arena, std::int64_t unix_seconds);   // 0: expired

}   // namespace gatehouse::tls
