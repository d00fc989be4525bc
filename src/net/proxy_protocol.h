#pragma once
// The PROXY protocol, versions 1 and 2 (HAProxy's doc/proxy-protocol.txt): what a proxy says of a connection,
// in front of its first byte, about whom it relays for. A parser over the bytes that have arrived, and
// writers; no I/O and no state, so that the outcome never depends on how the bytes were cut. Whether a header
// is to be believed is the caller's business: it says what its sender likes.

#include "base/socket_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::net {

struct ProxyHeader {
    enum class Kind : std::uint8_t {
        local,     // the proxy's own connection, a health check for one: the socket's addresses hold
        unknown,   // relayed for somebody who cannot be named here: the socket's addresses hold
        proxied,   // `source` and `destination` are those of the connection that is relayed
    };
    enum class Transport : std::uint8_t { stream, datagram };
    enum class Checksum : std::uint8_t { absent, right, wrong };

    Kind kind = Kind::unknown;
    Transport transport = Transport::stream;
    Checksum checksum = Checksum::absent;
    SocketAddress source, destination;   // of one family: IPv4, IPv6 or unix
    std::string tlvs;                    // of version 2: what follows the addresses, as it was sent
};

inline constexpr std::size_t proxy_v1_most_bytes = 107;   // with the line end; the specification's limit
inline constexpr std::size_t proxy_v2_fixed_bytes = 16;
inline constexpr std::size_t proxy_v2_most_payload = 4096;   // addresses and TLVs; Gatehouse's own limit

struct ProxyProgress {
    enum class State : std::uint8_t { need_more, done, refused } state = State::need_more;
    std::size_t consumed = 0;   // done: bytes of the header; what follows is the connection's own
    // need_more: at least so many bytes of the header are still to come. Who must not take a byte of what
    // follows (it may be for somebody else, as with TLS) reads no more than that.
    std::size_t needed = 0;
    const char* rule = "";   // refused: the rule that was broken, static text
};

// `bytes` is all that has arrived so far. `header` is set when it is done.
[[nodiscard]] ProxyProgress parse_proxy_header(std::string_view bytes, ProxyHeader& header);

// Types of TLVs, as far as anything here knows one by name.
enum class ProxyTlv : std::uint8_t {
    alpn = 0x01,
    authority = 0x02,
    crc32c = 0x03,
    noop = 0x04,
    unique_id = 0x05,
    tls = 0x20,
    tls_version = 0x21,   // this one and those up to tls_key_algorithm stand inside `tls`
    tls_common_name = 0x22,
    tls_cipher = 0x23,
    tls_signature_algorithm = 0x24,
    tls_key_algorithm = 0x25,
    network_namespace = 0x30,
};

// The value of the first TLV of this type; nullopt: there is none before the end, or before one that is cut
// short. A view into `tlvs`.
[[nodiscard]] std::optional<std::string_view> find_proxy_tlv(std::string_view tlvs, std::uint8_t type);
[[nodiscard]] inline std::optional<std::string_view> find_proxy_tlv(std::string_view tlvs, ProxyTlv type) {
    return find_proxy_tlv(tlvs, static_cast<std::uint8_t>(type));
}

// The value of ProxyTlv::tls: how the client's side of the relayed connection is encrypted.
struct ProxiedTls {
    enum Flag : std::uint8_t { used = 1, certificate_on_connection = 2, certificate_in_session = 4 };
    std::uint8_t flags = 0;
    std::uint32_t verify = 0;   // 0: a certificate was shown and held
    std::string_view tlvs;      // version, cipher …
};
[[nodiscard]] std::optional<ProxiedTls> find_proxied_tls(std::string_view tlvs);

// The line of version 1. An IPv4 address beside an IPv6 one becomes an IPv4-mapped one, and two mapped ones
// become IPv4; where either is of another family it is "PROXY UNKNOWN".
[[nodiscard]] std::string write_proxy_v1(const SocketAddress& source, const SocketAddress& destination);

// The header of version 2, with a CRC32C behind `tlvs` (made by the functions below, together at most
// proxy_v2_most_payload less the addresses). Families as in version 1; what cannot be said becomes LOCAL,
// which every receiver takes, and has no TLVs.
[[nodiscard]] std::string write_proxy_v2(const SocketAddress& source, const SocketAddress& destination,
                                         std::string_view tlvs = {},
                                         ProxyHeader::Transport transport = ProxyHeader::Transport::stream);
void append_proxy_tlv(std::string& tlvs, ProxyTlv type, std::string_view value);
void append_proxied_tls(std::string& tlvs, const ProxiedTls& tls);

}   // namespace gatehouse::net
