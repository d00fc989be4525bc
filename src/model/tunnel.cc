#include "model/tunnel.h"

#include "base/text.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace gatehouse::model {
namespace {

// Networks whose addresses mean something here only (IANA's registries, 2025).
constexpr std::array<std::string_view, 14> special_ipv4 = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"};
// Of 2000::/3, outside of which nothing is public.
constexpr std::array<std::string_view, 4> special_ipv6 = {"2001::/23", "2001:db8::/32", "2002::/16",
                                                          "3fff::/20"};
constexpr std::string_view global_ipv6 = "2000::/3";

template <class Texts>
std::vector<Network> networks_of(const Texts& texts) {
    std::vector<Network> networks;
    bool host_bits_set = false;
    for (const auto text : texts) networks.push_back(Network::parse(text, host_bits_set).value());
    return networks;
}

bool are_in(const std::vector<Network>& networks, const sockaddr& address) {
    return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

std::string_view without_final_dot(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host;
}

}   // namespace

bool is_public(const sockaddr& address) {
    static const auto special_4 = networks_of(special_ipv4);
    static const auto special_6 = networks_of(special_ipv6);
    static const auto global_6 = networks_of(std::array{global_ipv6});
    static const auto mapped = networks_of(std::array<std::string_view, 1>{"0.0.0.0/0"});
    if (are_in(mapped, address)) return !are_in(special_4, address);   // IPv4, by itself or mapped
    return are_in(global_6, address) && !are_in(special_6, address);
}

bool TunnelTargets::allows_port(std::uint16_t port) const {
    return std::ranges::any_of(
        ports_, [&](const PortRange& range) { return range.first <= port && port <= range.last; });
}

bool TunnelTargets::allows_name(std::string_view host) const {
    host = without_final_dot(host);
    return std::ranges::any_of(hosts_, [&](const Host& allowed) {
        if (allowed.kind == Host::Kind::any) return true;
        if (allowed.kind == Host::Kind::name) return equals_ignoring_case(host, allowed.name);
        if (allowed.kind != Host::Kind::wildcard || host.size() <= allowed.name.size() + 1) return false;
        const auto dot = host.size() - allowed.name.size() - 1;
        return host[dot] == '.' && equals_ignoring_case(host.substr(dot + 1), allowed.name);
    });
}

bool TunnelTargets::may_allow(std::string_view host) const {
    SocketAddress literal;
    if (SocketAddress::parse(host, 0, literal)) return allows(host, *literal.get());
    const auto concerns_addresses = [](const Host& allowed) {
        return allowed.kind == Host::Kind::publics || allowed.kind == Host::Kind::network;
    };
    return allows_name(host) || std::ranges::any_of(hosts_, concerns_addresses);
}

bool TunnelTargets::allows(std::string_view host, const sockaddr& address) const {
    if (allows_name(host)) return true;
    return std::ranges::any_of(hosts_, [&](const Host& allowed) {
        if (allowed.kind == Host::Kind::publics) return is_public(address);
        return allowed.kind == Host::Kind::network && allowed.network.contains(address);
    });
}

}   // namespace gatehouse::model
