#include "loop/timers.h"

#include <algorithm>
#include <bit>

namespace gatehouse::loop {
namespace {

constexpr std::uint64_t to_ms_rounded_up(Duration d) {
    if (d <= Duration::zero()) return 0;
    return static_cast<std::uint64_t>((d.count() + 999'999) / 1'000'000);
}

}   // namespace

void Timer::disarm() {
    if (timers_ == nullptr) return;
    --timers_->armed_;
    timers_ = nullptr;
    unlink();
}

void Timers::arm(Timer& timer, TimePoint due) {
    timer.disarm();
    timer.due_ms_ = std::max(to_ms_rounded_up(due - start_), now_ms_ + 1);
    timer.timers_ = this;
    ++armed_;
    place(timer);
}

// The level is the highest group of bits in which the deadline differs from now: within a level, slots are visited in order.
void Timers::place(Timer& timer) {
    constexpr std::uint64_t reach = (1ULL << (slot_bits * level_count)) - 1;
    const std::uint64_t due = std::min(timer.due_ms_, now_ms_ | reach);
    const std::uint64_t difference = due ^ now_ms_;
    const int level = difference == 0 ? 0 : (std::bit_width(difference) - 1) / slot_bits;
    const auto index = (due >> (slot_bits * level)) % slots;
    auto& wheel = levels_[static_cast<std::size_t>(level)];
    wheel.slot[index].push_back(timer);
    wheel.occupied |= 1ULL << index;
}

void Timers::cascade(int level) {
    auto& wheel = levels_[static_cast<std::size_t>(level)];
    const auto index = (now_ms_ >> (slot_bits * level)) % slots;
    if ((wheel.occupied >> index & 1) == 0) return;
    wheel.occupied &= ~(1ULL << index);
    IntrusiveList<Timer> moving;
    moving.splice_back(wheel.slot[index]);
    while (!moving.empty()) place(moving.pop_front());
}

void Timers::advance(TimePoint now) {
    const auto target = static_cast<std::uint64_t>(std::max<Duration::rep>((now - start_).count(), 0)) / 1'000'000;
    while (now_ms_ < target) {
        if (armed_ == 0) {
            now_ms_ = target;
            return;
        }
        // Skip empty stretches: to the next occupied slot of level 0, or to where level 0 wraps.
        const auto position = now_ms_ % slots;
        const auto ahead = position + 1 == slots ? 0 : levels_[0].occupied >> (position + 1) << (position + 1);
        const auto step = ahead != 0 ? static_cast<std::uint64_t>(std::countr_zero(ahead)) - position : slots - position;
        now_ms_ = std::min(now_ms_ + step, target);
        for (int level = level_count - 1; level > 0; --level) {
            if (now_ms_ % (1ULL << (slot_bits * level)) == 0) cascade(level);
        }
        const auto index = now_ms_ % slots;
        if ((levels_[0].occupied >> index & 1) == 0) continue;
        levels_[0].occupied &= ~(1ULL << index);
        IntrusiveList<Timer> due;
        due.splice_back(levels_[0].slot[index]);
        while (!due.empty()) {
            Timer& timer = due.front();
            timer.disarm();
            timer.fire();
        }
    }
}

Duration Timers::until_next(TimePoint now) const {
    if (armed_ == 0) return forever;
    std::uint64_t next_ms = ~0ULL;
    for (int level = 0; level < level_count; ++level) {
        const auto& wheel = levels_[static_cast<std::size_t>(level)];
        if (wheel.occupied == 0) continue;
        const int shift = slot_bits * level;
        const auto position = (now_ms_ >> shift) % slots;
        const auto ahead = position + 1 == slots ? 0 : wheel.occupied >> (position + 1) << (position + 1);
        const auto base = now_ms_ >> shift >> slot_bits << slot_bits;
        const auto slot = ahead != 0 ? base + static_cast<std::uint64_t>(std::countr_zero(ahead)) : base + slots;
        next_ms = std::min(next_ms, slot << shift);
    }
    const TimePoint due = start_ + std::chrono::milliseconds(next_ms);
    return std::max(due - now, Duration::zero());
}

}   // namespace gatehouse::loop
