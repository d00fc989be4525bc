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
    timer.due_ms_ = std::clamp(to_ms_rounded_up(due - start_), now_ms_ + 1, last_ms);
    timer.timers_ = this;
    ++armed_;
    place(timer);
}

// The level is the highest group of bits in which the deadline differs from now, so within a level every
// deadline lies in a slot after the present one: slots are visited in order and none is visited twice before
// the level above moves on.
void Timers::place(Timer& timer) {
    const std::uint64_t difference = timer.due_ms_ ^ now_ms_;
    const int level = difference == 0 ? 0 : (std::bit_width(difference) - 1) / slot_bits;
    const auto index = (timer.due_ms_ >> (slot_bits * level)) % slots;
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

void Timers::fire_slot() {
    const auto index = now_ms_ % slots;
    if ((levels_[0].occupied >> index & 1) == 0) return;
    levels_[0].occupied &= ~(1ULL << index);
    IntrusiveList<Timer> due;
    due.splice_back(levels_[0].slot[index]);
    while (!due.empty()) {
        Timer& timer = due.front();
        timer.disarm();
        timer.fire();
    }
}

void Timers::advance(TimePoint now) {
    const auto target =
        static_cast<std::uint64_t>(std::max<Duration::rep>((now - start_).count(), 0)) / 1'000'000;
    while (now_ms_ < target) {
        const auto next = armed_ == 0 ? last_ms : next_look_ms();
        now_ms_ = std::min(next, target);
        for (int level = level_count - 1; level > 0; --level) {
            if (now_ms_ % (1ULL << (slot_bits * level)) == 0) cascade(level);
        }
        fire_slot();
    }
}

std::uint64_t Timers::next_look_ms() const {
    std::uint64_t next = last_ms;
    for (int level = 0; level < level_count; ++level) {
        const int shift = slot_bits * level;
        const auto position = (now_ms_ >> shift) % slots;
        const auto ahead = levels_[static_cast<std::size_t>(level)].occupied & (~1ULL << position);
        if (ahead == 0) continue;   // bits at or before the position are of slots that emptied
        const auto base = now_ms_ >> shift >> slot_bits << slot_bits;
        next = std::min(next, (base + static_cast<std::uint64_t>(std::countr_zero(ahead))) << shift);
    }
    return next;
}

Duration Timers::until_next(TimePoint now) const {
    if (armed_ == 0) return forever;
    const TimePoint due = start_ + std::chrono::milliseconds(next_look_ms());
    return std::max(due - now, Duration::zero());
}

}   // namespace gatehouse::loop
