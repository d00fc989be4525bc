#include "exchange/client_connection.h"

#include "exchange/open_tunnel.h"
#include "exchange/proxy_header.h"
#include "exchange/worker_state.h"

#include <netinet/in.h>

#include <cstring>

namespace gatehouse::exchange {

PeerAddress::PeerAddress(const sockaddr_storage& from) : family_(from.ss_family) {
    if (family_ == AF_INET) {
        const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(from);
        std::memcpy(bytes_.data(), &ipv4.sin_addr, 4);
        port_ = ipv4.sin_port;
    } else if (family_ == AF_INET6) {
        const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(from);
        std::memcpy(bytes_.data(), &ipv6.sin6_addr, 16);
        port_ = ipv6.sin6_port;
    }
}

std::string_view PeerAddress::ip_text(Arena& arena) const {
    if (family_ != AF_INET) return arena.copy(expand().ip_text());
    std::array<char, 15> text;
    return arena.copy({text.data(), write_ipv4(bytes_.data(), text)});
}

SocketAddress PeerAddress::expand() const {
    SocketAddress out;
    out.storage.ss_family = family_;
    out.length = sizeof(sa_family_t);
    if (family_ == AF_INET) {
        auto& ipv4 = reinterpret_cast<sockaddr_in&>(out.storage);
        std::memcpy(&ipv4.sin_addr, bytes_.data(), 4);
        ipv4.sin_port = port_;
        out.length = sizeof(sockaddr_in);
    } else if (family_ == AF_INET6) {
        auto& ipv6 = reinterpret_cast<sockaddr_in6&>(out.storage);
        std::memcpy(&ipv6.sin6_addr, bytes_.data(), 16);
        ipv6.sin6_port = port_;
        out.length = sizeof(sockaddr_in6);
    }
    return out;
}

ClientConnection::ClientConnection(WorkerState& of, Port& on, int fd, const PeerAddress& peer_address,
                                   Party party)
    : worker(of),
      port(on),
      stream(of.loop, fd),
      number(of.shared.counters.next_connection_number()),
      opened(of.loop.now()),
      peer(peer_address),
      proxy_header_due(on.listener->listener.options.proxy_protocol),
      is_counted_(party == Party::client) {
    ++port.users;
    if (!is_counted_) return;
    ++worker.connections;
    worker.counters.active.add();
}

ClientConnection::~ClientConnection() {
    if (has_port_) {
        port.drop_user();
    } else {
        --port.tunnels;
    }
    if (!is_counted_) return;
    --worker.connections;
    worker.counters.active.subtract();
}

void ClientConnection::let_go_of_port() {
    has_port_ = false;
    ++port.tunnels;
    port.drop_user();
}

}   // namespace gatehouse::exchange
