#include "model/access.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/text.h"

namespace gatehouse::model {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool share_prefix(const std::uint8_t* a, const std::uint8_t* b, unsigned bits) {
    const unsigned bytes = bits / 8;
    if (std::memcmp(a, b, bytes) != 0) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((a[bytes] ^ b[bytes]) & (0xFF00U >> rest) & 0xFFU) == 0;
}

// Clears the bits below the mask; true when there were any.
bool clear_host_bits(std::array<std::uint8_t, 16>& address, unsigned prefix_bits, unsigned address_bits) {
    const auto before = address;
    for (unsigned bit = prefix_bits; bit < address_bits; ++bit) {
        address[bit / 8] = static_cast<std::uint8_t>(address[bit / 8] & ~(0x80U >> (bit % 8)));
    }
    return address != before;
}

}   // namespace

bool Network::contains(const sockaddr& client) const {
    if (kind == Kind::all) return true;
    switch (client.sa_family) {
        case AF_UNIX: return kind == Kind::unix_sockets;
        case AF_INET: {
            const auto& ip = reinterpret_cast<const sockaddr_in&>(client).sin_addr;
            return kind == Kind::ipv4 &&
                   share_prefix(reinterpret_cast<const std::uint8_t*>(&ip), address.data(), prefix_bits);
        }
        case AF_INET6: {
            const std::uint8_t* ip = reinterpret_cast<const sockaddr_in6&>(client).sin6_addr.s6_addr;
            if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), ip)) {
                return kind == Kind::ipv4 &&
                       share_prefix(ip + mapped_prefix.size(), address.data(), prefix_bits);
            }
            return kind == Kind::ipv6 && share_prefix(ip, address.data(), prefix_bits);
        }
        default: return false;
    }
}

std::optional<Network> Network::parse(std::string_view text, bool& host_bits_set) {
    host_bits_set = false;
    Network network;
    if (text == "all") return network;
    if (text == "unix:") {
        network.kind = Kind::unix_sockets;
        return network;
    }
    const auto slash = text.find('/');
    const std::string host(text.substr(0, slash));
    if (inet_pton(AF_INET, host.c_str(), network.address.data()) == 1) {
        network.kind = Kind::ipv4;
    } else if (inet_pton(AF_INET6, host.c_str(), network.address.data()) == 1) {
        network.kind = Kind::ipv6;
    } else {
        return std::nullopt;
    }
    const unsigned address_bits = network.kind == Kind::ipv4 ? 32 : 128;
    network.prefix_bits = address_bits;
    if (slash != std::string_view::npos) {
        const auto bits = parse_decimal(text.substr(slash + 1));
        if (!bits || *bits > address_bits) return std::nullopt;
        network.prefix_bits = static_cast<unsigned>(*bits);
    }
    host_bits_set = clear_host_bits(network.address, network.prefix_bits, address_bits);
    return network;
}

Network Network::of(const SocketAddress& address) {
    Network network;
    if (address.family() == AF_INET) {
        network.kind = Kind::ipv4;
        network.prefix_bits = 32;
        std::memcpy(network.address.data(), &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr,
                    4);
        return network;
    }
    const auto& ip = reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr.s6_addr;
    network.kind = Kind::ipv6;
    network.prefix_bits = 128;
    std::ranges::copy(ip, network.address.begin());
    return network;
}

const AccessRule* AccessRules::find(const sockaddr& client) const {
    const auto found =
        std::ranges::find_if(rules, [&](const AccessRule& rule) { return rule.network.contains(client); });
    return found == rules.end() ? nullptr : &*found;
}

}   // namespace gatehouse::model
