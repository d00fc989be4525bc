#include "tests/unit/providers_docker/watch_fixture.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::docker {
namespace {

loop::Task<void> close_watch(ContainerWatch* watch, bool* closed) {
    co_await watch->close();
    *closed = true;
}

}   // namespace

WatchTest::~WatchTest() {
    if (!watch_) return;
    bool closed = false;
    loop::Scope scope(loop_);
    scope.spawn(close_watch(watch_.get(), &closed));
    EXPECT_EQ(world_.run_until([&] { return closed && scope.empty(); }, std::chrono::seconds(1)),
              loop::SimWorld::Outcome::met);
    watch_.reset();
    EXPECT_EQ(loop_.armed_timers(), 0U);
    EXPECT_EQ(engine_.open_conversations(), 0U);
}

void WatchTest::watch() {
    const auto on_change = [this](std::vector<ContainerChange> changes) {
        for (const ContainerChange& change : changes) {
            if (change.facts) {
                known_[change.id] = change.facts;
            } else {
                known_.erase(change.id);
            }
        }
        told_.push_back(std::move(changes));
    };
    const auto report = [this](model::LogLevel, std::string_view text) { reports_.emplace_back(text); };
    watch_ = std::make_unique<ContainerWatch>(loop_, engine_, "fake", on_change, report);
}

void WatchTest::pass(loop::Duration time) {
    bool over = false;
    world_.after(time, [&] { loop_.post([&] { over = true; }); });
    EXPECT_EQ(world_.run_until([&] { return over; }, 2 * time), loop::SimWorld::Outcome::met);
}

std::string WatchTest::id_of(int number) { return fmt::format("{:012x}", number); }

std::size_t WatchTest::told_containers() const {
    std::size_t count = 0;
    for (const auto& changes : told_) count += changes.size();
    return count;
}

int WatchTest::reports_with(const std::string& part) const {
    return static_cast<int>(std::ranges::count_if(
        reports_, [&](const std::string& report) { return report.find(part) != std::string::npos; }));
}

void WatchTest::expect_truth() const {
    EXPECT_EQ(known_.size(), engine_.containers.size());
    for (const auto& [id, container] : engine_.containers) {
        ASSERT_TRUE(knows(id)) << id;
        EXPECT_EQ(facts(id).running, container.running) << id;
        EXPECT_EQ(facts(id).health, container.health) << id;
        EXPECT_EQ(facts(id).labels, container.labels) << id;
        const std::string ip = facts(id).networks.at(0).ipv4;
        EXPECT_TRUE(!container.running || ip == container.ip) << id << " " << ip;
    }
}

}   // namespace gatehouse::docker
