#include "base/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace gatehouse {
namespace {

const sockaddr_in& as_ipv4(const SocketAddress& a) { return reinterpret_cast<const sockaddr_in&>(a.storage); }
const sockaddr_in6& as_ipv6(const SocketAddress& a) {
    return reinterpret_cast<const sockaddr_in6&>(a.storage);
}

std::string_view unix_path(const SocketAddress& a) {
    const auto& un = reinterpret_cast<const sockaddr_un&>(a.storage);
    constexpr std::size_t path_at = offsetof(sockaddr_un, sun_path);
    if (a.length <= path_at) return {};
    return {un.sun_path, strnlen(un.sun_path, a.length - path_at)};
}

std::string_view address_bytes(const SocketAddress& a) {
    switch (a.family()) {
        case AF_INET: return {reinterpret_cast<const char*>(&as_ipv4(a).sin_addr), 4};
        case AF_INET6: return {reinterpret_cast<const char*>(&as_ipv6(a).sin6_addr), 16};
        default: return unix_path(a);
    }
}

}   // namespace

// inet_ntop takes almost twenty times as long, by way of sprintf.
std::size_t write_ipv4(const std::uint8_t* bytes, std::span<char, 15> out) {
    char* to = out.data();
    for (int i = 0; i < 4; ++i) {
        const unsigned value = bytes[i];
        if (i > 0) *to++ = '.';
        if (value >= 100) *to++ = static_cast<char>('0' + value / 100);
        if (value >= 10) *to++ = static_cast<char>('0' + value / 10 % 10);
        *to++ = static_cast<char>('0' + value % 10);
    }
    return static_cast<std::size_t>(to - out.data());
}

std::uint16_t SocketAddress::port() const {
    switch (family()) {
        case AF_INET: return ntohs(as_ipv4(*this).sin_port);
        case AF_INET6: return ntohs(as_ipv6(*this).sin6_port);
        default: return 0;
    }
}

void SocketAddress::set_port(std::uint16_t port) {
    if (family() == AF_INET) reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
    if (family() == AF_INET6) reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
}

std::string SocketAddress::ip_text() const {
    char text[INET6_ADDRSTRLEN] = "";
    switch (family()) {
        case AF_INET: {
            std::array<char, 15> ipv4;
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(&as_ipv4(*this).sin_addr);
            return {ipv4.data(), write_ipv4(bytes, ipv4)};
        }
        case AF_INET6: inet_ntop(AF_INET6, &as_ipv6(*this).sin6_addr, text, sizeof text); return text;
        default: return "unix:";
    }
}

std::string SocketAddress::describe() const {
    switch (family()) {
        case AF_INET: return ip_text() + ":" + std::to_string(port());
        case AF_INET6: return "[" + ip_text() + "]:" + std::to_string(port());
        default: return "unix:" + std::string(unix_path(*this));
    }
}

bool operator==(const SocketAddress& a, const SocketAddress& b) {
    return a.family() == b.family() && a.port() == b.port() && address_bytes(a) == address_bytes(b);
}

bool operator<(const SocketAddress& a, const SocketAddress& b) {
    if (a.family() != b.family()) return a.family() < b.family();
    if (address_bytes(a) != address_bytes(b)) return address_bytes(a) < address_bytes(b);
    return a.port() < b.port();
}

SocketAddress SocketAddress::from(const sockaddr* address, socklen_t length) {
    SocketAddress out;
    out.length = std::min<socklen_t>(length, sizeof out.storage);
    std::memcpy(&out.storage, address, out.length);
    return out;
}

SocketAddress SocketAddress::from_unix_path(std::string_view path) {
    SocketAddress out;
    auto& un = reinterpret_cast<sockaddr_un&>(out.storage);
    if (path.size() >= sizeof un.sun_path) return out;
    un.sun_family = AF_UNIX;
    std::memcpy(un.sun_path, path.data(), path.size());
    out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return out;
}

bool SocketAddress::parse(std::string_view host, std::uint16_t port, SocketAddress& out) {
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    const std::string text(host);
    out = {};
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(out.storage);
    if (inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
        ipv4.sin_family = AF_INET;
        out.length = sizeof(sockaddr_in);
    } else {
        auto& ipv6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        if (inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) != 1) return false;
        ipv6.sin6_family = AF_INET6;
        out.length = sizeof(sockaddr_in6);
    }
    out.set_port(port);
    return true;
}

}   // namespace gatehouse
