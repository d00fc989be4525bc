#pragma once
// Timers of one loop: a hierarchical wheel, so that arming and disarming cost a few instructions whatever
// their number. A Timer is embedded in what it serves, owns nothing and disarms itself on destruction.
// Resolution one millisecond, never early; a far deadline waits in an outer wheel and is sorted in as it
// comes nearer. The outermost reaches 139 years.

#include "base/intrusive_list.h"
#include "loop/clock.h"

#include <array>
#include <cstdint>

namespace gatehouse::loop {

class Timers;

class Timer : public ListNode {
public:
    virtual ~Timer() { disarm(); }
    [[nodiscard]] bool armed() const { return timers_ != nullptr; }
    void disarm();

private:
    friend class Timers;
    virtual void fire() = 0;   // called from the loop's turn, never nested in other code

    Timers* timers_ = nullptr;
    std::uint64_t due_ms_ = 0;
};

class Timers {
public:
    explicit Timers(TimePoint start) : start_(start) {}

    // Re-arms if already armed. Fires in the first advance() at or after `due`; at the earliest in the next
    // millisecond.
    void arm(Timer& timer, TimePoint due);
    void advance(TimePoint now);   // fires what is due
    // How long a loop may sleep from `now`: to the next deadline, or an earlier look at the wheel; `forever`
    // if none.
    [[nodiscard]] Duration until_next(TimePoint now) const;
    [[nodiscard]] std::size_t armed_count() const { return armed_; }

private:
    friend class Timer;
    static constexpr int level_count = 7;
    static constexpr int slot_bits = 6;
    static constexpr std::uint64_t slots = 1U << slot_bits;
    static constexpr std::uint64_t last_ms = (1ULL << (slot_bits * level_count)) - 1;

    void place(Timer& timer);
    void cascade(int level);
    void fire_slot();
    [[nodiscard]] std::uint64_t next_look_ms() const;   // where the next slot that may hold a timer begins

    struct Level {
        std::array<IntrusiveList<Timer>, slots> slot;
        std::uint64_t occupied = 0;   // may hold a bit for a slot that emptied since; never misses one
    };
    TimePoint start_;
    std::uint64_t now_ms_ = 0;
    std::size_t armed_ = 0;
    std::array<Level, level_count> levels_;
};

}   // namespace gatehouse::loop
