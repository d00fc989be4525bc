#pragma once
// Which of IPv4 and IPv6 this machine has an address for. A container without IPv6 has no use for AAAA
// records: the C library leaves them out when asked to (AI_ADDRCONFIG), as nginx asks it to.

#include "base/socket_address.h"

#include <span>
#include <vector>

namespace gatehouse::net {

struct AddressFamilies {
    bool ipv4 = true;
    bool ipv6 = true;
    friend bool operator==(const AddressFamilies&, const AddressFamilies&) = default;
};

// What is of use on a machine with these addresses. Loopback does not count; where nothing else is
// configured, or what there is cannot be found out, both are.
[[nodiscard]] AddressFamilies families_of(std::span<const SocketAddress> addresses);
[[nodiscard]] std::vector<SocketAddress> addresses_of_this_machine();   // reads them from the kernel

}   // namespace gatehouse::net
