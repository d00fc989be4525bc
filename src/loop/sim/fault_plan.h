#pragma once
// What may go wrong in a simulated world, and how often. Every SimBackend has a plan: the machine's part
// concerns its own calls, the network's part the connections it opens. The default plan is a fast, faultless
// network. A plan drawn from a seed turns each kind of fault on or off, so that over many seeds all mixtures
// are met (a run with everything on at once never gets far).

#include "base/random.h"
#include "loop/clock.h"

#include <cstddef>
#include <cstdint>

namespace gatehouse::loop {

struct FaultPlan {
    using PerMille = unsigned;

    // the network
    Duration latency_min = std::chrono::microseconds(20);
    Duration latency_max = std::chrono::microseconds(20);
    PerMille fragments = 0;   // of deliveries: cut to a few bytes
    PerMille stalls = 0;      // of deliveries: late by up to stall_max
    Duration stall_max = std::chrono::seconds(2);
    PerMille refused = 0;       // of connects: answered by RST though somebody listens
    PerMille unreachable = 0;   // of connects: ENETUNREACH at once or EHOSTUNREACH later
    PerMille unanswered = 0;    // of connects: silence
    PerMille resets = 0;        // of connections: RST at a byte below fault_bytes, in one direction
    PerMille vanishings = 0;    // of connections: silence from such a byte on, in both directions
    std::uint64_t fault_bytes = 64 * 1024;

    // the machine
    PerMille short_writes = 0;                    // of write, sendfile and splice calls
    PerMille no_descriptors = 0;                  // of calls that would open a descriptor: EMFILE
    PerMille small_batches = 0;                   // of waits: one event at most
    Duration wake_delay_max = Duration::zero();   // from wake() to the turn that takes the messages
    std::size_t buffer_bytes_min = 64 * 1024;     // of a socket, each direction
    std::size_t buffer_bytes_max = 64 * 1024;

    [[nodiscard]] static FaultPlan draw(Random& random);
};

}   // namespace gatehouse::loop
