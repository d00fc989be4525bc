#pragma once
// Tells the endpoint which certificate the client has shown: Traefik's passTLSClientCert. Without one the
// fields are left as they are: what clients forge is gone already (forwarded_headers.h).

#include "tls/peer_details.h"

#include <optional>

namespace gatehouse::model {

struct PassClientCertificate {
    bool pem = false;                       // X-Forwarded-Tls-Client-Cert
    std::optional<tls::PeerDetails> info;   // X-Forwarded-Tls-Client-Cert-Info
};

}   // namespace gatehouse::model
