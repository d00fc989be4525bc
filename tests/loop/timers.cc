// The timer wheel against a sorted reference.

#include "loop/timers.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>
#include <vector>

namespace gatehouse::loop {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{std::chrono::seconds(77)};

struct Recorder final : Timer {
    std::vector<int>* fired = nullptr;
    int id = 0;
    std::function<void(Recorder&)> on_fire;
    void fire() override {
        fired->push_back(id);
        if (on_fire) on_fire(*this);
    }
};

struct World {
    TimePoint now = start;
    Timers timers{start};
    std::vector<int> fired;
    std::vector<std::unique_ptr<Recorder>> recorders;
    std::map<int, std::chrono::milliseconds> due;   // of the armed ones, since the start

    Recorder& add() {
        auto& recorder = *recorders.emplace_back(std::make_unique<Recorder>());
        recorder.fired = &fired;
        recorder.id = static_cast<int>(recorders.size()) - 1;
        return recorder;
    }
    void arm(int id, Duration after) {
        timers.arm(*recorders[static_cast<std::size_t>(id)], now + after);
        // a millisecond that has begun has fired already
        const auto earliest = std::chrono::floor<std::chrono::milliseconds>(now - start) + 1ms;
        due[id] = std::max(std::chrono::ceil<std::chrono::milliseconds>(now + after - start), earliest);
    }
    void disarm(int id) {
        recorders[static_cast<std::size_t>(id)]->disarm();
        due.erase(id);
    }
    // Everything that is due fires, nothing else, earlier milliseconds first.
    void advance(Duration by) {
        now += by;
        fired.clear();
        timers.advance(now);
        auto last = std::chrono::milliseconds::min();
        for (const int id : fired) {
            RC_ASSERT(due.contains(id));
            RC_ASSERT(due[id] <= now - start);
            RC_ASSERT(due[id] >= last);
            last = due[id];
            due.erase(id);
        }
        for (const auto& [id, when] : due) RC_ASSERT(when > now - start);
        RC_ASSERT(timers.armed_count() == due.size());
    }
};

// From nanoseconds to ten years, each order of magnitude as likely.
Duration any_duration(int largest_exponent) {
    const auto bits = *rc::gen::inRange(1, largest_exponent);
    return Duration(*rc::gen::inRange<Duration::rep>(0, Duration::rep{1} << bits));
}

RC_GTEST_PROP(Timers, FireWhenDueNeverEarlyAndInOrder, ()) {
    World world;
    const int count = *rc::gen::inRange(1, 40);
    for (int i = 0; i < count; ++i) world.add();
    const int steps = *rc::gen::inRange(1, 60);
    for (int step = 0; step < steps; ++step) {
        const int id = *rc::gen::inRange(0, count);
        switch (*rc::gen::inRange(0, 4)) {
            case 0:
            case 1: world.arm(id, any_duration(58)); break;
            case 2: world.disarm(id); break;
            default: world.advance(any_duration(52)); break;
        }
    }
}

RC_GTEST_PROP(Timers, SleepingUntilTheNextLookMissesNothing, ()) {
    World world;
    const int count = *rc::gen::inRange(1, 20);
    for (int i = 0; i < count; ++i) {
        world.add();
        world.arm(i, any_duration(58));
    }
    int looks = 0;
    while (!world.due.empty()) {
        auto next = std::chrono::milliseconds::max();
        for (const auto& [id, when] : world.due) next = std::min(next, when);
        const auto wait = world.timers.until_next(world.now);
        RC_ASSERT(wait <= start + next - world.now);
        RC_ASSERT(wait > Duration::zero());
        world.advance(wait);
        ++looks;
    }
    RC_ASSERT(looks <= count * 8);   // one per wheel and timer: no steps in between
    RC_ASSERT(world.timers.until_next(world.now) == forever);
}

TEST(Timers, ADeadlineInThePastFiresAtTheNextMillisecond) {
    World world;
    world.add();
    world.arm(0, -1h);
    EXPECT_EQ(world.timers.until_next(world.now), 1ms);
    world.timers.advance(world.now + 1ms);
    EXPECT_EQ(world.fired, std::vector{0});
}

TEST(Timers, RearmingInFireIsTheNextTurn) {
    World world;
    Recorder& timer = world.add();
    timer.on_fire = [&](Recorder& self) { world.timers.arm(self, world.now); };
    world.arm(0, 1ms);
    for (int i = 1; i <= 200; ++i) {
        world.now += 1ms;
        world.timers.advance(world.now);
        EXPECT_EQ(world.fired.size(), static_cast<std::size_t>(i));
    }
    timer.disarm();
}

TEST(Timers, ATimerMayDisarmAnotherThatIsDueWithIt) {
    World world;
    for (int i = 0; i < 4; ++i) {
        world.add().on_fire = [&](Recorder& self) {
            for (auto& other : world.recorders) {
                if (other.get() != &self) other->disarm();
            }
        };
        world.arm(i, 5ms);
    }
    world.timers.advance(world.now + 10ms);
    EXPECT_EQ(world.fired.size(), 1U);
    EXPECT_EQ(world.timers.armed_count(), 0U);
}

TEST(Timers, ADestroyedTimerNeverFires) {
    World world;
    world.add();
    world.arm(0, 5ms);
    world.recorders.clear();
    EXPECT_EQ(world.timers.armed_count(), 0U);
    world.timers.advance(world.now + 10ms);
    EXPECT_TRUE(world.fired.empty());
}

TEST(Timers, YearsPassInOneStep) {
    World world;
    world.add();
    world.arm(0, std::chrono::years(10));
    world.timers.advance(world.now + std::chrono::years(10) - 1ms);
    EXPECT_TRUE(world.fired.empty());
    world.timers.advance(world.now + std::chrono::years(10));
    EXPECT_EQ(world.fired, std::vector{0});
}

}   // namespace
}   // namespace gatehouse::loop
