#include "loop/sim/sim_network.h"

#include "loop/sim/sim_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cerrno>

namespace gatehouse::loop {
namespace {

SocketAddress wildcard_of(const SocketAddress& address) {
    SocketAddress wildcard;
    const bool known =
        SocketAddress::parse(address.family() == AF_INET6 ? "::" : "0.0.0.0", address.port(), wildcard);
    return known ? wildcard : SocketAddress{};
}

}   // namespace

void SimNetwork::set_fate(const SocketAddress& address, Fate fate) { fates_[address] = fate; }

SimNetwork::Fate SimNetwork::fate_of(const SocketAddress& address) const {
    const auto found = fates_.find(address);
    return found == fates_.end() ? Fate::reachable : found->second;
}

std::uint16_t SimNetwork::next_port() {
    last_port_ = last_port_ >= 60'000 ? 40'000 : static_cast<std::uint16_t>(last_port_ + 1);
    return last_port_;
}

int SimNetwork::bind(SocketAddress& address, SimListener& listener) {
    if (address.family() != AF_UNIX && address.port() == 0) address.set_port(next_port());
    if (listener_at(address) != nullptr) return -EADDRINUSE;
    listeners_.emplace(address, &listener);
    return 0;
}

void SimNetwork::unbind(const SocketAddress& address) { listeners_.erase(address); }

SimListener* SimNetwork::listener_at(const SocketAddress& address) const {
    if (const auto exact = listeners_.find(address); exact != listeners_.end()) return exact->second;
    if (address.family() == AF_UNIX) return nullptr;
    const auto any = listeners_.find(wildcard_of(address));
    return any == listeners_.end() ? nullptr : any->second;
}

SocketAddress SimNetwork::next_client_address(int family) {
    SocketAddress address;
    if (family == AF_UNIX) return SocketAddress::from_unix_path("");
    [[maybe_unused]] const bool known =
        SocketAddress::parse(family == AF_INET6 ? "::1" : "127.0.0.1", next_port(), address);
    return address;
}

}   // namespace gatehouse::loop
