#pragma once
// One client's connection as its worker keeps it: small, because most of them are idle. What a request needs
// lives in its Exchange and is gone when the connection idles; here stay the stream, whose address it is, and
// a few counters.

#include "base/arena.h"
#include "base/buffer.h"
#include "base/intrusive_list.h"
#include "base/socket_address.h"
#include "loop/clock.h"
#include "net/stream.h"

#include <array>
#include <cstdint>
#include <memory>

namespace gatehouse::exchange {

class H2Connection;
class WorkerState;
struct Port;
struct ProxiedPeer;   // proxy_header.h
struct OpenTunnel;    // open_tunnel.h

// A peer's address in 20 bytes: a sockaddr_storage per idle connection would be a fifth of its memory.
class PeerAddress {
public:
    PeerAddress() = default;
    explicit PeerAddress(const sockaddr_storage& from);
    [[nodiscard]] SocketAddress expand() const;
    [[nodiscard]] std::string_view ip_text(Arena& arena) const;   // as SocketAddress::ip_text()

private:
    std::array<std::uint8_t, 16> bytes_{};
    std::uint16_t port_ = 0;   // network order
    std::uint16_t family_ = 0;
};

struct ClientConnection : ListNode {   // in its worker's idle list while it waits for a request
    // `nobody`: of a request that no client waits for; it is not counted as one.
    enum class Party : std::uint8_t { client, nobody };
    ClientConnection(WorkerState& of, Port& on, int fd, const PeerAddress& peer_address,
                     Party party = Party::client);
    ~ClientConnection();

    WorkerState& worker;
    Port& port;   // outlives the connection; what it serves by is gone once it was let go
    net::Stream stream;
    Buffer in;              // read and not yet consumed
    std::uint64_t number;   // nginx's $connection
    loop::TimePoint opened;
    PeerAddress peer;
    std::unique_ptr<const ProxiedPeer> proxied;   // what a PROXY protocol header said; null: nothing
    H2Connection* h2 = nullptr;                   // while it speaks HTTP/2
    std::unique_ptr<OpenTunnel> tunnel;           // once its bytes are passed on
    std::uint32_t requests = 0;
    bool no_delay = true;        // TCP_NODELAY, as set at present
    bool plain_on_tls = false;   // speaks HTTP without TLS where that is expected
    bool proxy_header_due;       // its listener wants one, and it has not been read
    [[nodiscard]] bool is_secure() const { return stream.tls() != nullptr; }
    // Nothing of the configuration is needed any more: one that was replaced must not be kept.
    void let_go_of_port();

private:
    bool has_port_ = true;
    const bool is_counted_;
};

}   // namespace gatehouse::exchange
