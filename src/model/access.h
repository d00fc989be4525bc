#pragma once
// allow/deny rules: networks tested in the order written, the first that contains the client's address
// decides. Compiled to masks; no look-up of names. An empty list allows.

#include "base/socket_address.h"
#include "model/origin.h"

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::model {

struct Network {
    enum class Kind : std::uint8_t { all, ipv4, ipv6, unix_sockets } kind = Kind::all;
    std::array<std::uint8_t, 16> address{};   // network order
    unsigned prefix_bits = 0;
    [[nodiscard]] bool contains(const sockaddr& client) const;   // an IPv4-mapped IPv6 address counts as IPv4
    // "all", "unix:", "10.0.0.0/8", "::1", "2001:db8::/32"; nullopt: not one. `host_bits_set`: the address
    // had bits below its mask (nginx warns)
    static std::optional<Network> parse(std::string_view text, bool& host_bits_set);
    // Of one IPv4 or IPv6 address alone.
    static Network of(const SocketAddress& address);
};

struct AccessRule {
    Network network;
    bool allow = false;
    Origin origin;
};

struct AccessRules {
    std::vector<AccessRule> rules;
    // the deciding rule, or null: nothing matched (allowed)
    [[nodiscard]] const AccessRule* find(const sockaddr& client) const;
};

}   // namespace gatehouse::model
