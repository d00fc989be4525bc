#pragma once
// The certificates a client has shown, as Traefik passes them on (passTLSClientCert). Pure.

#include "tls/session.h"

#include <optional>
#include <string>

namespace gatehouse::tls {

// Parts of a distinguished name (RFC 5280 section 4.1.2.4).
struct NameParts {
    bool domain_component = false, country = false, province = false, locality = false;
    bool organization = false, organizational_unit = false, serial_number = false, common_name = false;
};
struct PeerDetails {
    std::optional<NameParts> subject, issuer;
    bool serial_number = false, not_before = false, not_after = false, alternatives = false;
};

// In the order sent, its own first; of a resumed session only that is known. Nothing: it has shown none.
// DER in base64, separated by commas.
[[nodiscard]] std::optional<std::string> peer_certificates_base64(const Session& session);
// `Subject="C=FR,CN=x";Issuer="…";SerialNumber="1";NB="0";NA="1";SAN="a,b"` of each, separated by commas, as
// in a query: escaped.
[[nodiscard]] std::optional<std::string> describe_peer(const Session& session, const PeerDetails& wanted);

}   // namespace gatehouse::tls
