#include "exchange/tls_variables.h"

#include "tls/session_facts.h"

namespace gatehouse::exchange {
namespace {

std::optional<std::string_view> if_any(std::string_view text) {
    return text.empty() ? std::optional<std::string_view>() : text;
}

}   // namespace

std::optional<std::string_view> tls_variable(model::VariableId id, const tls::Session& session, Arena& arena,
                                             std::int64_t unix_seconds) {
    using model::VariableId;
    switch (id) {
        case VariableId::ssl_alpn_protocol: return if_any(session.application_protocol());
        case VariableId::ssl_cipher: return tls::cipher_name(session);
        case VariableId::ssl_ciphers: return tls::offered_ciphers(session, arena);
        case VariableId::ssl_client_cert: return tls::certificate_for_field(session, arena);
        case VariableId::ssl_client_escaped_cert: return tls::certificate_escaped(session, arena);
        case VariableId::ssl_client_fingerprint: return tls::fingerprint(session, arena);
        case VariableId::ssl_client_i_dn: return tls::issuer(session, arena);
        case VariableId::ssl_client_i_dn_legacy: return tls::issuer_in_slashes(session, arena);
        case VariableId::ssl_client_raw_cert: return tls::certificate_pem(session, arena);
        case VariableId::ssl_client_s_dn: return tls::subject(session, arena);
        case VariableId::ssl_client_s_dn_legacy: return tls::subject_in_slashes(session, arena);
        case VariableId::ssl_client_serial: return tls::serial_number(session, arena);
        case VariableId::ssl_client_v_end: return tls::valid_until(session, arena);
        case VariableId::ssl_client_v_remain: return tls::days_left(session, arena, unix_seconds);
        case VariableId::ssl_client_v_start: return tls::valid_from(session, arena);
        case VariableId::ssl_client_verify: return tls::certificate_verdict(session, arena);
        case VariableId::ssl_curve: return tls::curve(session, arena);
        case VariableId::ssl_curves: return tls::offered_curves(session, arena);
        case VariableId::ssl_early_data: return tls::early_data(session);
        case VariableId::ssl_protocol: return tls::protocol_name(session);
        case VariableId::ssl_server_name: return if_any(session.server_name());
        case VariableId::ssl_session_id: return tls::session_id(session, arena);
        case VariableId::ssl_session_reused: return tls::reuse(session);
        case VariableId::ssl_sigalgs: return tls::offered_signatures(session, arena);
        default: return {};
    }
}

}   // namespace gatehouse::exchange
