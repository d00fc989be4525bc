#pragma once
// The worlds the loop's contract is tested in: the kernel, a simulated network without faults, and a rough
// one that is slow, fragments everything and admits little, but loses nothing. Each makes loops and runs them
// until something holds.

#include "loop/epoll/epoll_backend.h"
#include "loop/loop.h"
#include "loop/sim/sim_backend.h"

#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <vector>

namespace gatehouse::loop {

class KernelWorld {
public:
    static constexpr bool simulated = false;
    KernelWorld() { std::signal(SIGPIPE, SIG_IGN); }
    Loop& make_loop() {
        return *loops_.emplace_back(std::make_unique<Loop>(std::make_unique<EpollBackend>()));
    }
    template <class Predicate>
    [[nodiscard]] bool run_until(Predicate done) {
        EpollBackend clock;
        const TimePoint end = clock.now() + std::chrono::seconds(30);
        while (!done()) {
            if (clock.now() > end) return false;
            for (const auto& loop : loops_) loop->turn(std::chrono::milliseconds(loops_.size() > 1 ? 1 : 20));
        }
        return true;
    }

private:
    std::vector<std::unique_ptr<Loop>> loops_;
};

class SimulatedWorld {
public:
    static constexpr bool simulated = true;
    explicit SimulatedWorld(const FaultPlan& plan = {}) : world_(1), plan_(plan) {}
    ~SimulatedWorld() {
        EXPECT_EQ(world_.descriptors().open_count(), 0U) << "a descriptor was left open";
        EXPECT_EQ(world_.descriptors().misuses(), 0U) << "a closed descriptor was used";
    }
    Loop& make_loop() { return world_.make_loop(plan_); }
    template <class Predicate>
    [[nodiscard]] bool run_until(Predicate done) {
        return world_.run_until(done, std::chrono::hours(24)) == SimWorld::Outcome::met;
    }
    SimWorld& world() { return world_; }

private:
    SimWorld world_;
    FaultPlan plan_;
};

class RoughWorld : public SimulatedWorld {
public:
    RoughWorld() : SimulatedWorld(rough()) {}

private:
    static FaultPlan rough() {
        FaultPlan plan;
        plan.latency_max = std::chrono::milliseconds(30);
        plan.fragments = 500;
        plan.stalls = 20;
        plan.short_writes = 300;
        plan.small_batches = 500;
        plan.wake_delay_max = std::chrono::milliseconds(50);
        plan.buffer_bytes_min = 100;
        plan.buffer_bytes_max = 20'000;
        return plan;
    }
};

using Worlds = ::testing::Types<KernelWorld, SimulatedWorld, RoughWorld>;

struct WorldNames {
    template <class World>
    static std::string GetName(int) {
        if (!World::simulated) return "kernel";
        return std::is_same_v<World, RoughWorld> ? "rough" : "simulated";
    }
};

}   // namespace gatehouse::loop
