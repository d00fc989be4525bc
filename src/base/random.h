#pragma once
// A small seeded generator (SplitMix64): the same seed gives the same run, which is what the simulation
// stands on. Not for secrets.

#include <cstdint>

namespace gatehouse {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    // 0 ≤ result < limit; limit > 0. The bias of the modulo does not matter at these sizes.
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }
    bool one_in(std::uint64_t n) { return below(n) == 0; }

private:
    std::uint64_t state_;
};

}   // namespace gatehouse
