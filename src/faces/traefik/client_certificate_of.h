#pragma once
// passTLSClientCert → the filter's settings. Pure.

#include "faces/traefik/http_middlewares.h"
#include "model/filters/client_certificate.h"

namespace gatehouse::traefik {

[[nodiscard]] model::PassClientCertificate pass_client_certificate(const PassTlsClientCert& written);

}   // namespace gatehouse::traefik
