#include "exchange/rate_limit.h"

#include <algorithm>
#include <chrono>

namespace gatehouse::exchange {

loop::Task<Result<std::uint64_t>> wait_for_allowance(loop::Loop& loop, RateLimit limit, std::uint64_t moved) {
    // at least a quarter of a second's worth at once: not a packet and a timer for every few bytes
    constexpr std::uint64_t most_to_wait_for = 64 * 1024;
    const auto rate = limit.bytes_per_second;
    const auto wanted = moved + std::clamp<std::uint64_t>(rate / 4, 1, most_to_wait_for);
    while (true) {
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(loop.now() - limit.since);
        const auto earned =
            limit.free_bytes + rate * static_cast<std::uint64_t>(elapsed.count() + 1000) / 1000;
        if (earned >= wanted) co_return earned - moved;
        const auto slept =
            co_await loop::sleep(std::chrono::milliseconds((wanted - earned) * 1000 / rate + 1));
        if (!slept) co_return Failure(slept.error());
    }
}

}   // namespace gatehouse::exchange
