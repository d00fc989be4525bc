#include "faces/traefik/container_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "faces/traefik/labels.h"
#include "faces/traefik/values.h"

namespace gatehouse::traefik {
namespace {

constexpr int longest_chain = 8;   // containers that each use the next one's network
constexpr std::string_view container_mode = "container:";

using Found = tl::expected<std::string, Unreachable>;

std::string address_on(const ContainerNetwork& network) {
    return network.ipv4.empty() ? network.ipv6 : network.ipv4;
}

std::string names_of_networks(const ContainerFacts& container) {
    std::string names;
    for (const ContainerNetwork& network : container.networks) {
        names += fmt::format("{}{}", names.empty() ? "" : ", ", network.name);
    }
    return names.empty() ? "none" : names;
}

// The network a container's own labels name; "" when they name none.
std::string labelled_network(const ContainerFacts& container) {
    for (const auto& [key, value] : container.labels) {
        if (equals_ignoring_case(key, "traefik.docker.network")) return value;
    }
    return {};
}

std::string names_of_own(const AddressRules& rules) {
    std::string names;
    for (const auto& [id, name] : rules.own_networks) names += (names.empty() ? "" : ", ") + name;
    return names;
}

bool is_shared(const ContainerNetwork& network, const AddressRules& rules) {
    return rules.own_networks.contains(network.id);
}

const ContainerNetwork* best_network(const ContainerFacts& container, const AddressRules& rules) {
    const ContainerNetwork* best = nullptr;
    const auto shared = [&](const ContainerNetwork& network) { return is_shared(network, rules); };
    for (const ContainerNetwork& network : container.networks) {
        if (address_on(network).empty()) continue;
        const bool better = best == nullptr || (shared(network) && !shared(*best)) ||
                            (shared(network) == shared(*best) && network.name < best->name);
        if (better) best = &network;
    }
    return best;
}

Found find_host(const ContainerFacts& container, const std::string& network, const AddressRules& rules,
                const FindContainer& find, Remarks& remarks, int chain) {
    const auto named = std::ranges::find(container.networks, network, &ContainerNetwork::name);
    const bool is_named = !network.empty() && named != container.networks.end();
    if (is_named && !address_on(*named).empty()) {
        if (!rules.own_networks.empty() && !is_shared(*named, rules)) {
            remarks.warning({},
                            fmt::format("the gateway is not on the network \"{}\" (its networks: {})",
                                        network, names_of_own(rules)),
                            fmt::format("attach the gateway to \"{}\"", network));
        }
        return address_on(*named);
    }
    if (is_named) {
        return tl::make_unexpected(
            Unreachable{"no-address", fmt::format("it has no address on the network \"{}\" yet", network),
                        "it gets one when it runs"});
    }
    if (container.network_mode == "host") {
        if (!container.node_ip.empty()) return container.node_ip;
        return rules.host_address.empty() ? std::string("127.0.0.1") : rules.host_address;
    }
    if (container.network_mode.starts_with(container_mode)) {
        const std::string other(container.network_mode.substr(container_mode.size()));
        const ContainerFacts* facts = find ? find(other) : nullptr;
        if (facts == nullptr || chain >= longest_chain) {
            return tl::make_unexpected(Unreachable{
                "no-address",
                fmt::format("it uses the network of the container \"{}\", which is not there", other),
                "start that container"});
        }
        const std::string theirs = labelled_network(*facts);
        return find_host(*facts, theirs.empty() ? network : theirs, rules, find, remarks, chain + 1);
    }
    const ContainerNetwork* best = best_network(container, rules);
    if (best == nullptr) {
        return tl::make_unexpected(Unreachable{
            "no-address",
            fmt::format("it has no address on a network (its networks: {})", names_of_networks(container)),
            "attach it to a network that the gateway is on"});
    }
    if (!rules.own_networks.empty() && !is_shared(*best, rules)) {
        return tl::make_unexpected(Unreachable{
            "no-shared-network",
            fmt::format("it shares no network with the gateway (its networks: {}; the gateway's: {})",
                        names_of_networks(container), names_of_own(rules)),
            fmt::format("attach it to one of the gateway's, or the gateway to \"{}\"", best->name)});
    }
    if (!network.empty()) {
        remarks.warning(
            {}, fmt::format("it is not on the network \"{}\"; \"{}\" is used instead", network, best->name),
            fmt::format("its networks are: {}; Compose puts the project's name in front",
                        names_of_networks(container)));
    }
    return address_on(*best);
}

const ContainerPort* lowest_port(const ContainerFacts& container) {
    const auto found = std::ranges::min_element(container.ports, {}, &ContainerPort::number);
    return found == container.ports.end() ? nullptr : &*found;
}

tl::expected<std::uint16_t, Unreachable> choose_port(const ContainerFacts& container,
                                                     std::string_view wanted) {
    if (wanted.empty()) {
        if (const ContainerPort* port = lowest_port(container)) return port->number;
        return tl::make_unexpected(
            Unreachable{"no-port", "no port is known: its image exposes none, and no label names one",
                        "add traefik.http.services.NAME.loadbalancer.server.port=PORT"});
    }
    const auto number = parse_number(wanted);
    if (number && *number >= 1 && *number <= 65535) return static_cast<std::uint16_t>(*number);
    return tl::make_unexpected(
        Unreachable{"bad-port", fmt::format("\"{}\" is no port", wanted), "a number from 1 to 65535"});
}

bool is_specific(std::string_view address) {
    return !address.empty() && address != "0.0.0.0" && address != "::";
}

// Where the port is published under an address of its own; the protocol decides between ports of one number.
std::optional<HostPort> bound_port(const ContainerFacts& container, std::uint16_t port,
                                   std::string_view protocol) {
    const PortBinding* binding = nullptr;
    for (const ContainerPort& exposed : container.ports) {
        if (exposed.number != port || exposed.bindings.empty() || exposed.protocol == "sctp") continue;
        if (binding == nullptr || exposed.protocol == protocol) binding = &exposed.bindings.front();
    }
    if (binding == nullptr || !is_specific(binding->host_ip) || binding->host_port == 0) return std::nullopt;
    return HostPort{binding->host_ip, binding->host_port};
}

}   // namespace

tl::expected<HostPort, Unreachable> find_address(const ContainerFacts& container, const std::string& network,
                                                 std::string_view wanted_port, std::string_view protocol,
                                                 const AddressRules& rules, const FindContainer& find,
                                                 Remarks& remarks) {
    const auto port = choose_port(container, wanted_port);
    if (rules.use_bind_port_ip && port) {
        if (auto bound = bound_port(container, *port, protocol)) return *bound;
        remarks.notice(
            {}, fmt::format("port {} is not published under an address of its own: the container's is used",
                            *port));
    }
    const auto host = find_host(container, network, rules, find, remarks, 0);
    if (!host) return tl::make_unexpected(host.error());
    if (!port) return tl::make_unexpected(port.error());
    return HostPort{*host, *port};
}

std::string joined(const HostPort& address) {
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", address.host, is_ipv6 ? "]" : "", address.port);
}

}   // namespace gatehouse::traefik
