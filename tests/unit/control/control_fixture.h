#pragma once
// ControlTest: a Control on a simulated loop with virtual time, whose names are answered from tables; and
// short ways to write models. One world, one thread, no clock but the world's.

#include "control/control.h"
#include "loop/sim/sim_world.h"
#include "net/table_resolver.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::control {

class ControlTest : public testing::Test {
protected:
    ControlTest();
    ~ControlTest() override;

    // "back-end:5252"; literals too.
    static model::ServerEntry server(const std::string& host, std::uint16_t port, unsigned weight = 1);
    static std::shared_ptr<model::Service> service(const std::string& name,
                                                   std::vector<model::ServerEntry> servers);
    static model::Model model_of(std::vector<std::shared_ptr<model::Service>> services);

    void apply(std::vector<std::shared_ptr<model::Service>> services);
    void pass(loop::Duration time);   // virtual
    // Endpoints of a service of the latest publication: "10.0.0.1:80 10.0.0.2:80".
    [[nodiscard]] std::string endpoints(const std::string& service) const;
    [[nodiscard]] static std::string endpoints(const model::ServiceState& state);
    [[nodiscard]] std::shared_ptr<model::ServiceState> state(const std::string& service) const;
    [[nodiscard]] int reports_with(const std::string& part) const;
    [[nodiscard]] const model::Snapshot& latest() const { return *published_.back()->snapshot; }

    struct Reported {
        model::LogLevel level;
        std::string text;
    };
    loop::SimWorld world_{1};
    loop::Loop& loop_ = world_.make_loop();
    std::vector<net::TableResolver*> tables_;   // in the order made: the system's first
    net::TableResolver& table() { return *tables_.front(); }
    std::vector<Reported> reports_;
    std::vector<std::shared_ptr<const model::Publication>> published_;
    std::unique_ptr<Control> control_;
};

}   // namespace gatehouse::control
