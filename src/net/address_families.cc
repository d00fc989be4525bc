#include "net/address_families.h"

#include <ifaddrs.h>
#include <netinet/in.h>

namespace gatehouse::net {
namespace {

bool is_loopback(const SocketAddress& address) {
    if (address.family() == AF_INET6) return address.ip_text() == "::1";
    return address.ip_text().starts_with("127.");
}

}   // namespace

AddressFamilies families_of(std::span<const SocketAddress> addresses) {
    AddressFamilies found{.ipv4 = false, .ipv6 = false};
    for (const SocketAddress& address : addresses) {
        if (is_loopback(address)) continue;
        found.ipv4 |= address.family() == AF_INET;
        found.ipv6 |= address.family() == AF_INET6;
    }
    if (!found.ipv4 && !found.ipv6) return {};
    return found;
}

std::vector<SocketAddress> addresses_of_this_machine() {
    std::vector<SocketAddress> found;
    ifaddrs* interfaces = nullptr;
    if (::getifaddrs(&interfaces) != 0) return found;
    for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr) continue;
        if (each->ifa_addr->sa_family == AF_INET) {
            found.push_back(SocketAddress::from(each->ifa_addr, sizeof(sockaddr_in)));
        } else if (each->ifa_addr->sa_family == AF_INET6) {
            found.push_back(SocketAddress::from(each->ifa_addr, sizeof(sockaddr_in6)));
        }
    }
    ::freeifaddrs(interfaces);
    return found;
}

}   // namespace gatehouse::net
