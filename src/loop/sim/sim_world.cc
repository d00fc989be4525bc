#include "loop/sim/sim_world.h"

#include "loop/loop.h"
#include "loop/sim/sim_backend.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace gatehouse::loop {
namespace {

constexpr TimePoint first_instant{std::chrono::hours(1)};
constexpr WallTime first_wall_time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
constexpr std::uint64_t longest_spin = 200'000;   // turns

}   // namespace

SimWorld::SimWorld(std::uint64_t seed)
    : random_(seed), now_(first_instant), descriptors_(*this), network_(*this) {}

SimWorld::~SimWorld() {
    loops_.clear();
    events_.clear();
}

std::unique_ptr<SimBackend> SimWorld::make_backend(const FaultPlan& plan) {
    return std::make_unique<SimBackend>(*this, plan);
}

Loop& SimWorld::make_loop(const FaultPlan& plan) {
    Loop& loop = *loops_.emplace_back(std::make_unique<Loop>(make_backend(plan)));
    drive(loop);
    return loop;
}

void SimWorld::drive(Loop& loop) {
    for (SimBackend* backend : backends_) {
        if (backend == &loop.backend()) backend->driven_ = &loop;
    }
}

Duration SimWorld::between(Duration least, Duration most) {
    if (most <= least) return least;
    return least + Duration(static_cast<Duration::rep>(
                       random_.below(static_cast<std::uint64_t>((most - least).count()))));
}

WallTime SimWorld::wall_time() const {
    return first_wall_time +
           std::chrono::duration_cast<std::chrono::microseconds>(now_ - first_instant + wall_shift_);
}

void SimWorld::at(TimePoint when, std::function<void()> event) {
    events_.emplace(std::pair(std::max(when, now_), event_number_++), std::move(event));
}

SimWorld::Outcome SimWorld::run_until(const std::function<bool()>& done, Duration limit) {
    const TimePoint end = now_ + limit;
    std::uint64_t turns = 0;
    for (SimBackend* backend : backends_)
        backend->next_turn_ = now_;   // whoever calls may have given them work
    while (!done()) {
        run_due_events();
        if (turn_one_loop()) {
            if (++turns > longest_spin) return Outcome::spinning;
            continue;
        }
        turns = 0;
        if (!advance_time(end)) return now_ == end ? Outcome::time_limit : Outcome::idle;
    }
    return Outcome::met;
}

void SimWorld::run_due_events() {
    while (!events_.empty() && events_.begin()->first.first <= now_) {
        const auto event = std::move(events_.begin()->second);
        events_.erase(events_.begin());
        event();
    }
}

bool SimWorld::turn_one_loop() {
    std::vector<SimBackend*> willing;
    for (SimBackend* backend : backends_) {
        if (backend->driven_ != nullptr && backend->next_turn() <= now_) willing.push_back(backend);
    }
    if (willing.empty()) return false;
    willing[random_.below(willing.size())]->take_turn();
    return true;
}

// false: there is nothing to wait for, or not before the limit
bool SimWorld::advance_time(TimePoint limit) {
    TimePoint next = TimePoint::max();
    if (!events_.empty()) next = events_.begin()->first.first;
    for (const SimBackend* backend : backends_) {
        if (backend->driven_ != nullptr) next = std::min(next, backend->next_turn());
    }
    if (next == TimePoint::max()) return false;
    now_ = std::min(next, limit);
    trace("time", now_.time_since_epoch().count(), 0);
    return next <= limit;
}

void SimWorld::trace(std::string_view what, std::int64_t subject, std::int64_t answer) {
    const auto mix = [this](std::uint64_t value) {
        trace_hash_ = Random(trace_hash_ ^ (value * 0x9e3779b97f4a7c15ULL)).next();
    };
    for (const char c : what) mix(static_cast<unsigned char>(c));
    mix(static_cast<std::uint64_t>(subject));
    mix(static_cast<std::uint64_t>(answer));
    if (!printing_) return;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now_ - first_instant).count();
    std::fprintf(stderr, "%12lld us  %-16.*s %lld -> %lld\n", static_cast<long long>(us),
                 static_cast<int>(what.size()), what.data(), static_cast<long long>(subject),
                 static_cast<long long>(answer));
}

}   // namespace gatehouse::loop
