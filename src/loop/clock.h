#pragma once
// The only words for time in the engine. Monotonic time comes from a Loop (which asks its Backend), never
// from the system directly, so that a simulated world can own it. Resolution: one millisecond for timers,
// nanoseconds for measuring.

#include <chrono>

namespace gatehouse::loop {

using Duration = std::chrono::nanoseconds;
struct MonotonicClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<MonotonicClock>;
    static constexpr bool is_steady = true;
};
using TimePoint = MonotonicClock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

inline constexpr Duration forever = Duration::max();

}   // namespace gatehouse::loop
