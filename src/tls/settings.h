#pragma once
// What a site's TLS is to be, as a value: the texts of its files, not their paths, so that whoever makes a
// context needs no file system. Names are nginx's directives, defaults nginx's too. Shared by the sites that
// inherit the same settings.

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::tls {

enum class Protocol : std::uint8_t { tls_1_0, tls_1_1, tls_1_2, tls_1_3 };

class ProtocolSet {
public:
    constexpr ProtocolSet() = default;
    constexpr ProtocolSet(std::initializer_list<Protocol> protocols) {
        for (const auto protocol : protocols) add(protocol);
    }
    constexpr void add(Protocol protocol) { bits_ |= 1U << static_cast<unsigned>(protocol); }
    [[nodiscard]] constexpr bool contains(Protocol protocol) const {
        return (bits_ >> static_cast<unsigned>(protocol) & 1U) != 0;
    }
    [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
    friend bool operator==(ProtocolSet, ProtocolSet) = default;

private:
    unsigned bits_ = 0;
};

// A certificate with those that lead to its root, and its private key, both as PEM.
struct KeyPair {
    std::string certificate_pem{}, key_pem{};
    std::string certificate_path{}, key_path{};   // for messages
    friend bool operator==(const KeyPair&, const KeyPair&) = default;
};

enum class ClientVerification : std::uint8_t {
    off,
    on,               // a request without a good certificate is refused (400)
    optional,         // only a bad one is
    optional_no_ca,   // any is taken; whether it is good, others find out
    requested,        // it is asked for, and nobody looks at it
    required,         // there must be one; nobody looks at it
};

// Sessions that the server remembers; tickets, which the client keeps, are another matter.
struct SessionCacheSettings {
    enum class Kind : std::uint8_t {
        off,      // sessions are not resumed, and clients are told so
        none,     // they are told nothing, but none is kept
        shared,   // by all workers, under `name`, across reloads
    };
    Kind kind = Kind::none;
    std::string name{};
    std::size_t bytes = 0;   // of the sessions kept, about
    friend bool operator==(const SessionCacheSettings&, const SessionCacheSettings&) = default;
};

// Proofs that the certificates are not revoked, to be had from their authorities (tls/ocsp.h).
struct StaplingSettings {
    std::string responder{};   // its URL; empty: as each certificate says
    bool verify = false;       // OcspQuestion::Options::strict
    friend bool operator==(const StaplingSettings&, const StaplingSettings&) = default;
};

struct ServerSettings {
    std::vector<KeyPair> certificates{};    // one for each kind of key
    std::vector<std::string> passwords{};   // of encrypted keys, tried in order
    ProtocolSet protocols{Protocol::tls_1_2, Protocol::tls_1_3};
    std::string ciphers = "HIGH:!aNULL:!MD5";   // up to TLS 1.2, in OpenSSL's language
    // They hold as well where a client's name chose this context. In nginx those of the default one do.
    bool ciphers_by_name = false;
    // Unlike nginx's default: a client's order is its maker's, and may be old. One that puts ChaCha20 first,
    // for want of AES in hardware, gets it.
    bool prefer_server_ciphers = true;
    std::string curves = "auto";
    std::string dh_parameters_pem{};        // empty: no DHE
    std::size_t buffer_bytes = 16 * 1024;   // of a record: the most that is encrypted as one

    ClientVerification client_verification = ClientVerification::off;
    int verify_depth = 1;
    std::string client_ca_pem{};   // trusted, and named to the client
    std::string trusted_pem{};     // trusted
    std::string revoked_pem{};     // lists of revoked certificates

    std::chrono::seconds session_timeout{300};
    SessionCacheSettings session_cache{};
    bool tickets = true;
    std::vector<std::string>
        ticket_keys{};   // of 48 or 80 bytes, the first encrypts; none: own ones, rotated

    bool early_data = false;                                       // TLS 1.3 0-RTT, which can be replayed
    bool reject_handshake = false;                                 // a site that has no name to show
    std::string stapled_response{};                                // OCSP, DER; empty: none
    std::optional<StaplingSettings> stapling{};                    // where there is no such response
    std::vector<std::pair<std::string, std::string>> commands{};   // ssl_conf_command: name and value

    friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

// Of connections to endpoints (proxy_ssl_…).
struct ClientSettings {
    ProtocolSet protocols{Protocol::tls_1_2, Protocol::tls_1_3};
    std::string ciphers = "DEFAULT";
    bool verify = true;
    int verify_depth = 1;
    std::string trusted_pem{};   // empty: the system's
    std::string revoked_pem{};
    KeyPair certificate{};   // shown to endpoints that ask; empty: none
    std::vector<std::string> passwords{};
    bool session_reuse = true;
    std::vector<std::pair<std::string, std::string>> commands{};
    friend bool operator==(const ClientSettings&, const ClientSettings&) = default;
};

}   // namespace gatehouse::tls
