#include "exchange/filters/client_certificate.h"

#include "exchange/filters/request_facts.h"

namespace gatehouse::exchange {

Outcome on_request(Exchange& exchange, const model::PassClientCertificate& settings) {
    const auto* session = exchange.client.stream.tls();
    if (session == nullptr) return Outcome::go_on();
    if (settings.pem) {
        if (const auto text = tls::peer_certificates_base64(*session))
            set_field(exchange, "X-Forwarded-Tls-Client-Cert", exchange.keep(*text));
    }
    if (settings.info) {
        if (const auto text = tls::describe_peer(*session, *settings.info))
            set_field(exchange, "X-Forwarded-Tls-Client-Cert-Info", exchange.keep(*text));
    }
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
