#include "faces/traefik/tls_options.h"

#include "base/text.h"
#include "tls/standard_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace gatehouse::traefik {
namespace {

using tls::ClientVerification;
using tls::Protocol;
using Step = tl::expected<void, std::string>;

constexpr std::array<std::pair<std::string_view, Protocol>, 4> versions = {
    {{"VersionTLS10", Protocol::tls_1_0},
     {"VersionTLS11", Protocol::tls_1_1},
     {"VersionTLS12", Protocol::tls_1_2},
     {"VersionTLS13", Protocol::tls_1_3}}};

constexpr std::array<std::pair<std::string_view, ClientVerification>, 5> verifications = {
    {{"NoClientCert", ClientVerification::off},
     {"RequestClientCert", ClientVerification::requested},
     {"RequireAnyClientCert", ClientVerification::required},
     {"VerifyClientCertIfGiven", ClientVerification::optional},
     {"RequireAndVerifyClientCert", ClientVerification::on}}};

constexpr int any_depth = 100;   // of a chain of certificates: Go has no limit

tl::expected<Protocol, std::string> version_of(std::string_view option, const std::string& name,
                                               Protocol usual) {
    if (name.empty()) return usual;
    const auto* const found = std::ranges::find_if(
        versions, [&](const auto& version) { return equals_ignoring_case(version.first, name); });
    if (found != versions.end()) return found->second;
    return tl::unexpected(
        fmt::format("{} \"{}\" is not known: it is one of VersionTLS10 to VersionTLS13", option, name));
}

class Reading {
public:
    Reading(const TlsOptions& written, const FileTexts& files) : written_(written), files_(files) {}

    tl::expected<TlsOptionsReading, std::string> read() {
        auto done = take_versions()
                        .and_then([&] { return take_ciphers(); })
                        .and_then([&] { return take_curves(); })
                        .and_then([&] { return take_clients(); });
        if (!done) return tl::unexpected(std::move(done.error()));
        settings().tickets = !written_.disable_session_tickets;
        settings().ciphers_by_name = true;
        for (const std::string& protocol : written_.alpn_protocols) {
            if (protocol != "acme-tls/1") read_.application_protocols.push_back(protocol);
        }
        if (written_.prefer_server_cipher_suites == false)
            notice("preferServerCipherSuites is not acted on, as in Traefik: the server's order counts");
        return std::move(read_);
    }

private:
    tls::ServerSettings& settings() { return read_.settings; }
    void notice(std::string sentence) { read_.notices.push_back(std::move(sentence)); }

    Step take_versions() {
        const auto first = version_of("minVersion", written_.min_version, Protocol::tls_1_2);
        if (!first) return tl::unexpected(first.error());
        const auto last = version_of("maxVersion", written_.max_version, Protocol::tls_1_3);
        if (!last) return tl::unexpected(last.error());
        settings().protocols = {};
        for (const auto& [unused, version] : versions) {
            if (version >= *first && version <= *last) settings().protocols.add(version);
        }
        if (settings().protocols.empty())
            return tl::unexpected(fmt::format("maxVersion {} is before minVersion{}", written_.max_version,
                                              written_.min_version.empty() ? ", which is VersionTLS12" : ""));
        if (*first < Protocol::tls_1_2) settings().ciphers += ":@SECLEVEL=0";   // else they are refused
        return {};
    }

    // Those of TLS 1.3 are not chosen among, neither here nor in Go.
    Step take_ciphers() {
        if (written_.cipher_suites.empty()) return {};
        std::string list;
        for (const std::string& name : written_.cipher_suites) {
            const auto cipher = tls::cipher_of_standard_name(name);
            if (cipher.openssl.empty())
                return tl::unexpected(fmt::format("cipherSuites: \"{}\" is not known", name));
            if (!cipher.is_of_tls_1_3) list += (list.empty() ? "" : ":") + std::string(cipher.openssl);
        }
        const bool had_tls_1_3 = settings().protocols.contains(Protocol::tls_1_3);
        if (list.empty()) {
            if (!had_tls_1_3)
                return tl::unexpected(
                    std::string("cipherSuites: there is none for the versions of TLS that are allowed"));
            settings().protocols = {Protocol::tls_1_3};
            return {};
        }
        if (settings().ciphers.ends_with("@SECLEVEL=0")) list += ":@SECLEVEL=0";
        settings().ciphers = std::move(list);
        return {};
    }

    Step take_curves() {
        std::string list;
        for (const std::string& name : written_.curve_preferences) {
            const auto curve = tls::curve_of_standard_name(name);
            if (!curve.empty()) {
                list += (list.empty() ? "" : ":") + std::string(curve);
            } else if (contains_ignoring_case(name, "mlkem")) {
                notice(fmt::format("curvePreferences: {} is not there; the others are used", name));
            } else {
                return tl::unexpected(fmt::format("curvePreferences: \"{}\" is not known", name));
            }
        }
        if (!list.empty()) settings().curves = std::move(list);
        return {};
    }

    Step take_clients() {
        const auto& clients = written_.client_auth;
        for (const std::string& authority : clients.ca_files) {
            const auto text = text_of(authority, files_);
            if (!text)
                return tl::unexpected(fmt::format("clientAuth: {} cannot be read", name_of(authority)));
            settings().client_ca_pem += *text + '\n';
        }
        settings().verify_depth = any_depth;
        if (!clients.ca_files.empty()) settings().client_verification = ClientVerification::on;
        const std::string& kind = clients.client_auth_type;
        if (kind.empty()) return {};
        const auto* const found =
            std::ranges::find(verifications, kind, &decltype(verifications)::value_type::first);
        if (found == verifications.end())
            return tl::unexpected(fmt::format("clientAuth: clientAuthType \"{}\" is not known", kind));
        const bool verifies =
            found->second == ClientVerification::optional || found->second == ClientVerification::on;
        if (verifies && clients.ca_files.empty())
            return tl::unexpected(fmt::format("clientAuth: {} needs caFiles", kind));
        settings().client_verification = found->second;
        return {};
    }

    const TlsOptions& written_;
    const FileTexts& files_;
    TlsOptionsReading read_;
};

}   // namespace

tl::expected<TlsOptionsReading, std::string> read_tls_options(const TlsOptions& written,
                                                              const FileTexts& files) {
    return Reading(written, files).read();
}

}   // namespace gatehouse::traefik
