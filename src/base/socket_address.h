#pragma once
// An address a socket can bind or connect to (IPv4, IPv6 or a unix path), as a value. No name look-up ever
// happens here.

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] int family() const { return storage.ss_family; }
    [[nodiscard]] std::uint16_t port() const;   // 0 for a unix socket
    void set_port(std::uint16_t port);
    [[nodiscard]] std::string ip_text() const;    // "127.0.0.1", "::1", "unix:"
    [[nodiscard]] std::string describe() const;   // "127.0.0.1:80", "[::1]:80", "unix:/path"
    friend bool operator==(const SocketAddress& a, const SocketAddress& b);
    // By family, address bytes, port: so that answers can be compared as sorted sets.
    friend bool operator<(const SocketAddress& a, const SocketAddress& b);

    static SocketAddress from(const sockaddr* address, socklen_t length);
    // The path must fit sun_path (107 bytes); a longer one gives length 0.
    static SocketAddress from_unix_path(std::string_view path);
    // An IPv4 or IPv6 literal (brackets allowed); false: not one.
    [[nodiscard]] static bool parse(std::string_view host, std::uint16_t port, SocketAddress& out);
};

// The address of a unix socket as configurations write it: "unix:/run/app.sock".
[[nodiscard]] constexpr bool is_unix_address(std::string_view text) { return text.starts_with("unix:/"); }

// "127.0.0.1" of the four bytes of an IPv4 address, in order; returns its length.
std::size_t write_ipv4(const std::uint8_t* bytes, std::span<char, 15> out);

}   // namespace gatehouse
