#pragma once
// TLS as Traefik's configurations say it: certificates and options of the entry points, and what is used
// towards servers. Plain values, as written; files are not looked at here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"

namespace gatehouse::traefik {

struct Domain {
    std::string main;
    std::vector<std::string> sans;

    static const Table& table();
    bool operator==(const Domain&) const = default;
};

// Towards a service that is asked on the side (forwardAuth, an engine). Each is a path, or the PEM text
// itself.
struct ClientTls {
    std::string ca;
    std::string cert;
    std::string key;
    bool insecure_skip_verify = false;
    std::optional<bool> ca_optional;

    static const Table& table();
    bool operator==(const ClientTls&) const = default;
};

// Paths, or the PEM text itself.
struct CertificateFiles {
    std::string cert_file;
    std::string key_file;

    static const Table& table();
    bool operator==(const CertificateFiles&) const = default;
};

struct SanPattern {
    std::string type;
    std::string value;

    static const Table& table();
    bool operator==(const SanPattern&) const = default;
};

struct Spiffe {
    std::vector<std::string> ids;
    std::string trust_domain;

    static const Table& table();
    bool operator==(const Spiffe&) const = default;
};

// With the stores it is in; none: the default one.
struct TlsCertificate {
    std::string cert_file;
    std::string key_file;
    std::vector<std::string> stores;

    static const Table& table();
    bool operator==(const TlsCertificate&) const = default;
};

// Type: NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven,
// RequireAndVerifyClientCert.
struct ClientAuth {
    std::vector<std::string> ca_files;
    std::string client_auth_type;

    static const Table& table();
    bool operator==(const ClientAuth&) const = default;
};

struct TlsOptions {
    std::string min_version;   // VersionTLS10 … VersionTLS13
    std::string max_version;
    std::vector<std::string> cipher_suites;
    std::vector<std::string> curve_preferences;
    ClientAuth client_auth;
    bool sni_strict = false;
    std::vector<std::string> alpn_protocols{"h2", "http/1.1", "acme-tls/1"};
    bool disable_session_tickets = false;
    std::optional<bool> prefer_server_cipher_suites;
    Source source{};

    static const Table& table();
    bool operator==(const TlsOptions&) const = default;
};

struct GeneratedCertificate {
    std::string resolver;
    std::optional<Domain> domain;

    static const Table& table();
    bool operator==(const GeneratedCertificate&) const = default;
};

struct TlsStore {
    std::optional<CertificateFiles> default_certificate;
    std::optional<GeneratedCertificate> default_generated_cert;
    Source source{};

    static const Table& table();
    bool operator==(const TlsStore&) const = default;
};

struct TlsConfiguration {
    std::vector<TlsCertificate> certificates;
    std::map<std::string, TlsOptions> options;
    std::map<std::string, TlsStore> stores;

    static const Table& table();
    bool operator==(const TlsConfiguration&) const = default;
};

}   // namespace gatehouse::traefik
