#pragma once
// Where a simulated endpoint is asked how it is: a port beside its own, whose answers have nothing to do with
// how it really is. What matters is that the gateway makes something of them at any time.

#include "base/random.h"
#include "base/socket_address.h"
#include "loop/sim/sim_world.h"
#include "loop/strand.h"
#include "net/stream.h"

namespace gatehouse::simulation {

class HealthPort {
public:
    HealthPort(loop::Loop& loop, SocketAddress address, std::uint64_t seed, bool misbehaves)
        : loop_(loop),
          address_(address),
          random_(seed),
          misbehaves_(misbehaves),
          listener_(loop, -1),
          serving_(loop) {}

    [[nodiscard]] bool start();   // false: out of descriptors
    [[nodiscard]] loop::Task<void> stop();

private:
    loop::Task<void> accept_all();
    loop::Task<void> serve(int fd);

    loop::Loop& loop_;
    const SocketAddress address_;
    Random random_;
    const bool misbehaves_;
    loop::Channel listener_;
    loop::Scope serving_;
};

}   // namespace gatehouse::simulation
