#pragma once
// WatchTest: a ContainerWatch that follows a FakeEngine in a simulated world with virtual time, and what it
// told.

#include "providers/docker/container_watch.h"
#include "tests/unit/providers_docker/fake_engine.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::docker {

class WatchTest : public testing::Test {
protected:
    WatchTest() = default;
    ~WatchTest() override;

    void watch();
    void pass(loop::Duration time);   // virtual
    static std::string id_of(int number);
    [[nodiscard]] bool knows(const std::string& id) const { return known_.contains(id); }
    [[nodiscard]] model::ContainerFacts facts(const std::string& id) const {
        return knows(id) ? *known_.at(id) : model::ContainerFacts();
    }
    [[nodiscard]] std::size_t told_containers() const;   // over all calls
    [[nodiscard]] ContainerWatch::State state() const { return watch_->state(); }
    [[nodiscard]] int reports_with(const std::string& part) const;
    void expect_truth() const;   // what was told is what the engine has

    loop::SimWorld world_{1};
    loop::Loop& loop_ = world_.make_loop();
    FakeEngine engine_{world_, loop_};
    std::vector<std::vector<ContainerChange>> told_;
    std::map<std::string, std::shared_ptr<const model::ContainerFacts>> known_;
    std::vector<std::string> reports_;
    std::unique_ptr<ContainerWatch> watch_;
};

}   // namespace gatehouse::docker
