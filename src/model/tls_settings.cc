// What dump() shows of TLS (declared in settings.h). Secrets are counted, not shown.
#include "model/settings.h"

namespace gatehouse::model {
namespace {

std::string protocols(tls::ProtocolSet set) {
    using tls::Protocol;
    std::string out;
    for (const auto& [protocol, name] :
         {std::pair{Protocol::tls_1_0, "TLSv1"}, std::pair{Protocol::tls_1_1, "TLSv1.1"},
          std::pair{Protocol::tls_1_2, "TLSv1.2"}, std::pair{Protocol::tls_1_3, "TLSv1.3"}}) {
        if (set.contains(protocol)) out += (out.empty() ? "" : " ") + std::string(name);
    }
    return out;
}

std::string pair_of(const tls::KeyPair& pair) {
    return quoted(pair.certificate_path) + " key " + quoted(pair.key_path);
}

std::vector<std::string> pairs(const std::vector<tls::KeyPair>& all) {
    std::vector<std::string> lines;
    for (const auto& pair : all) lines.push_back(pair_of(pair));
    return lines;
}

std::vector<std::string> commands(const std::vector<std::pair<std::string, std::string>>& all) {
    std::vector<std::string> lines;
    for (const auto& [name, value] : all) lines.push_back(quoted(name) + " " + quoted(value));
    return lines;
}

// How many blocks of PEM: certificates, revocation lists.
std::string blocks_of(std::string_view pem) {
    constexpr std::string_view begin = "-----BEGIN ";
    std::size_t count = 0;
    for (auto at = pem.find(begin); at != std::string_view::npos; at = pem.find(begin, at + 1)) ++count;
    return count == 0 ? "" : std::to_string(count);
}

std::string session_cache(const tls::SessionCacheSettings& cache) {
    using Kind = tls::SessionCacheSettings::Kind;
    switch (cache.kind) {
        case Kind::off: return "off";
        case Kind::none: return "none";
        case Kind::shared: break;
    }
    return "shared " + quoted(cache.name) + " " + std::to_string(cache.bytes);
}

std::string_view verification(tls::ClientVerification verification) {
    switch (verification) {
        case tls::ClientVerification::off: return "off";
        case tls::ClientVerification::on: return "on";
        case tls::ClientVerification::optional: return "optional";
        case tls::ClientVerification::optional_no_ca: return "optional_no_ca";
        case tls::ClientVerification::requested: return "requested";
        case tls::ClientVerification::required: return "required";
    }
    return "";
}

std::string count_of(const std::vector<std::string>& all) {
    return all.empty() ? "" : std::to_string(all.size());
}

}   // namespace

std::vector<Setting> settings_of(const tls::ServerSettings& settings, const Wording& wording) {
    Settings to(wording);
    to.add_lines("certificate", pairs(settings.certificates)).add("passwords", count_of(settings.passwords));
    to.add("protocols", protocols(settings.protocols)).add("ciphers", quoted(settings.ciphers));
    to.add("prefer_server_ciphers", settings.prefer_server_ciphers).add("curves", settings.curves);
    to.add("dh_parameters", blocks_of(settings.dh_parameters_pem));
    to.add("buffer_bytes", settings.buffer_bytes);
    to.add("verify_client", verification(settings.client_verification));
    to.add("verify_depth", settings.verify_depth);
    to.add("client_authorities", blocks_of(settings.client_ca_pem));
    to.add("trusted", blocks_of(settings.trusted_pem))
        .add("revocation_lists", blocks_of(settings.revoked_pem));
    to.add("session_timeout", Milliseconds(settings.session_timeout));
    to.add("session_cache", session_cache(settings.session_cache));
    to.add("tickets", settings.tickets).add("ticket_keys", count_of(settings.ticket_keys));
    to.add("early_data", settings.early_data);
    to.add("reject_handshake", settings.reject_handshake);
    to.add("stapled_response", settings.stapled_response.empty() ? "" : "from a file");
    if (settings.stapling) {
        const auto& responder = settings.stapling->responder;
        to.add("stapling", (responder.empty() ? "from the authority" : quoted(responder)) +
                               (settings.stapling->verify ? " verify" : ""));
    }
    to.add_lines("command", commands(settings.commands));
    return to.all();
}

std::vector<Setting> settings_of(const tls::ClientSettings& settings, const Wording& wording) {
    Settings to(wording);
    to.add("verify", settings.verify).add("verify_depth", settings.verify_depth);
    to.add("trusted", blocks_of(settings.trusted_pem))
        .add("revocation_lists", blocks_of(settings.revoked_pem));
    to.add("protocols", protocols(settings.protocols)).add("ciphers", quoted(settings.ciphers));
    to.add("certificate", settings.certificate.certificate_path.empty() ? "" : pair_of(settings.certificate));
    to.add("passwords", count_of(settings.passwords)).add("session_reuse", settings.session_reuse);
    to.add_lines("command", commands(settings.commands));
    return to.all();
}

}   // namespace gatehouse::model
