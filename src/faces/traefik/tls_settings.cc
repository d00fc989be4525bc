#include "faces/traefik/tls_settings.h"

namespace gatehouse::traefik {

const Table& Domain::table() {
    static constexpr Field fields[] = {
        field<&Domain::main>("main"),
        field<&Domain::sans>("sans"),
    };
    static constexpr Table table = {"a domain", fields};
    return table;
}

const Table& ClientTls::table() {
    static constexpr Field fields[] = {
        field<&ClientTls::ca>("ca"),
        field<&ClientTls::cert>("cert"),
        field<&ClientTls::key>("key"),
        field<&ClientTls::insecure_skip_verify>("insecureSkipVerify"),
        field<&ClientTls::ca_optional>("caOptional"),
    };
    static constexpr Table table = {"the TLS of a client", fields};
    return table;
}

const Table& CertificateFiles::table() {
    static constexpr Field fields[] = {
        field<&CertificateFiles::cert_file>("certFile"),
        field<&CertificateFiles::key_file>("keyFile"),
    };
    static constexpr Table table = {"a certificate", fields};
    return table;
}

const Table& SanPattern::table() {
    static constexpr Field fields[] = {
        field<&SanPattern::type>("type"),
        field<&SanPattern::value>("value"),
    };
    static constexpr Table table = {"a peerCertSANs element", fields};
    return table;
}

const Table& Spiffe::table() {
    static constexpr Field fields[] = {
        field<&Spiffe::ids>("ids"),
        field<&Spiffe::trust_domain>("trustDomain"),
    };
    static constexpr Table table = {"spiffe", fields};
    return table;
}

const Table& TlsCertificate::table() {
    static constexpr Field fields[] = {
        field<&TlsCertificate::cert_file>("certFile"),
        field<&TlsCertificate::key_file>("keyFile"),
        field<&TlsCertificate::stores>("stores"),
    };
    static constexpr Table table = {"a certificate", fields};
    return table;
}

const Table& ClientAuth::table() {
    static constexpr Field fields[] = {
        field<&ClientAuth::ca_files>("caFiles"),
        field<&ClientAuth::client_auth_type>("clientAuthType"),
    };
    static constexpr Table table = {"clientAuth", fields};
    return table;
}

const Table& TlsOptions::table() {
    static constexpr Field fields[] = {
        field<&TlsOptions::min_version>("minVersion"),
        field<&TlsOptions::max_version>("maxVersion"),
        field<&TlsOptions::cipher_suites>("cipherSuites"),
        field<&TlsOptions::curve_preferences>("curvePreferences"),
        field<&TlsOptions::client_auth>("clientAuth"),
        field<&TlsOptions::sni_strict>("sniStrict"),
        field<&TlsOptions::alpn_protocols>("alpnProtocols"),
        field<&TlsOptions::disable_session_tickets>("disableSessionTickets"),
        field<&TlsOptions::prefer_server_cipher_suites>("preferServerCipherSuites"),
    };
    static constexpr Table table = {"TLS options", fields};
    return table;
}

const Table& GeneratedCertificate::table() {
    static constexpr Field fields[] = {
        field<&GeneratedCertificate::resolver>("resolver"),
        field<&GeneratedCertificate::domain>("domain"),
    };
    static constexpr Table table = {"defaultGeneratedCert", fields};
    return table;
}

const Table& TlsStore::table() {
    static constexpr Field fields[] = {
        field<&TlsStore::default_certificate>("defaultCertificate", {.labels = false}),
        field<&TlsStore::default_generated_cert>("defaultGeneratedCert"),
    };
    static constexpr Table table = {"a TLS store", fields};
    return table;
}

const Table& TlsConfiguration::table() {
    static constexpr Field fields[] = {
        field<&TlsConfiguration::certificates>("certificates", {.labels = false}),
        field<&TlsConfiguration::options>("options", {.labels = false}),
        field<&TlsConfiguration::stores>("stores"),
    };
    static constexpr Table table = {"tls", fields};
    return table;
}

}   // namespace gatehouse::traefik
