#pragma once
// A limit of so many bytes a second, as nginx counts it: since `since`, with a second's worth in advance.

#include "base/result.h"
#include "loop/loop.h"

#include <cstdint>

namespace gatehouse::exchange {

struct RateLimit {
    loop::TimePoint since;
    std::uint64_t bytes_per_second = 0;   // not 0
    std::uint64_t free_bytes = 0;         // the first so many do not count
};

// Waits until a useful amount beyond the `moved` bytes may be moved, and says how much.
[[nodiscard]] loop::Task<Result<std::uint64_t>> wait_for_allowance(loop::Loop& loop, RateLimit limit,
                                                                   std::uint64_t moved);

}   // namespace gatehouse::exchange
