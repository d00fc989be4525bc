#pragma once
// The addresses of a simulated world: who listens where, and which addresses do not answer. Unix socket paths
// are names here, not files.

#include "base/socket_address.h"
#include "loop/sim/fault_plan.h"

#include <map>
#include <memory>
#include <vector>

namespace gatehouse::loop {

class SimConnection;
class SimListener;
class SimWorld;

class SimNetwork {
public:
    enum class Fate {
        reachable,
        unreachable,   // connects end with EHOSTUNREACH after a while
        silent,        // connects are never answered
    };

    explicit SimNetwork(SimWorld& world) : world_(world) {}

    void set_fate(const SocketAddress& address, Fate fate);
    [[nodiscard]] Fate fate_of(const SocketAddress& address) const;

    // Port 0 is replaced by a free one. -EADDRINUSE when the address, or its wildcard, is taken.
    [[nodiscard]] int bind(SocketAddress& address, SimListener& listener);
    void unbind(const SocketAddress& address);
    [[nodiscard]] SimListener* listener_at(const SocketAddress& address) const;
    [[nodiscard]] SocketAddress next_client_address(int family);

private:
    [[nodiscard]] std::uint16_t next_port();
    SimWorld& world_;
    std::map<SocketAddress, SimListener*> listeners_;
    std::map<SocketAddress, Fate> fates_;
    std::uint16_t last_port_ = 40'000;
};

}   // namespace gatehouse::loop
