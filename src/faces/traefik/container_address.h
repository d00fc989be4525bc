#pragma once
// Under which address and port a container is reached: Traefik's choice. The network that is named, else host
// networking, else another container's network, else any network; a named port, else the lowest exposed one.
// Where Traefik takes whichever network its map gives first, the order here is fixed: a network that the
// gateway is on itself, then by name. Pure functions over facts.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "faces/traefik/container_facts.h"
#include "faces/traefik/remark.h"

namespace gatehouse::traefik {

// Finds a container by its id (or a beginning of 12 characters or more) or its name; null: there is none.
using FindContainer = std::function<const ContainerFacts*(std::string_view)>;

struct AddressRules {
    std::string network{};   // the provider's default network; a label of the container wins
    bool use_bind_port_ip = false;
    // The networks that the gateway is on, id → name; empty: not known, or all.
    std::map<std::string, std::string> own_networks{};
    std::string host_address{};   // what host.docker.internal resolves to; "": 127.0.0.1
};

struct Unreachable {
    std::string_view reason;   // "no-address", "no-shared-network", "no-port", "bad-port"
    std::string sentence;
    std::string advice;
};

struct HostPort {
    std::string host;   // an address; IPv6 without brackets
    std::uint16_t port = 0;
    bool operator==(const HostPort&) const = default;
};

// `network`: what the container's label or the provider names, may be empty. `wanted_port`: a label's value,
// may be empty. `protocol` ("tcp", "udp") decides between ports of the same number. Remarks get a warning
// where a named network is missing.
[[nodiscard]] tl::expected<HostPort, Unreachable> find_address(
    const ContainerFacts& container, const std::string& network, std::string_view wanted_port,
    std::string_view protocol, const AddressRules& rules, const FindContainer& find, Remarks& remarks);

[[nodiscard]] std::string joined(const HostPort& address);   // "10.0.0.2:80", "[fd00::2]:80"

}   // namespace gatehouse::traefik
