#include "tests/unit/control/control_fixture.h"

#include <algorithm>

namespace gatehouse::control {
namespace {

loop::Task<void> close_control(Control* control, bool* closed) {
    co_await control->close();
    *closed = true;
}

}   // namespace

ControlTest::ControlTest() {
    const auto make_table = [this](loop::Scope&,
                                   const net::ResolverOptions&) -> std::unique_ptr<net::Resolver> {
        auto resolver = std::make_unique<net::TableResolver>();
        tables_.push_back(resolver.get());
        return resolver;
    };
    const auto keep = [this](std::shared_ptr<const model::Publication> publication) {
        published_.push_back(std::move(publication));
    };
    const auto report = [this](model::LogLevel level, std::string_view text) {
        reports_.push_back({level, std::string(text)});
    };
    control_ = std::make_unique<Control>(loop_, std::vector<Control::Sink>{keep}, make_table, report);
}

ControlTest::~ControlTest() {
    published_.clear();
    bool closed = false;
    loop::Scope scope(loop_);
    scope.spawn(close_control(control_.get(), &closed));
    EXPECT_EQ(world_.run_until([&] { return closed && scope.empty(); }, std::chrono::seconds(1)),
              loop::SimWorld::Outcome::met);
    control_.reset();
    EXPECT_EQ(loop_.armed_timers(), 0U);
}

model::ServerEntry ControlTest::server(const std::string& host, std::uint16_t port, unsigned weight) {
    model::ServerEntry entry;
    entry.origin = {.source = std::make_shared<std::string>("test.conf"), .line = 3, .column = 9};
    entry.host = host;
    entry.port = port;
    entry.weight = weight;
    return entry;
}

std::shared_ptr<model::Service> ControlTest::service(const std::string& name,
                                                     std::vector<model::ServerEntry> servers) {
    auto made = std::make_shared<model::Service>();
    made->name = name;
    made->servers = std::move(servers);
    return made;
}

model::Model ControlTest::model_of(std::vector<std::shared_ptr<model::Service>> services) {
    model::Model made;
    for (auto& each : services) made.services.push_back(std::move(each));
    return made;
}

void ControlTest::apply(std::vector<std::shared_ptr<model::Service>> services) {
    const auto applied = control_->apply(model_of(std::move(services)), {});
    ASSERT_TRUE(applied) << applied.error().describe();
}

void ControlTest::pass(loop::Duration time) {
    bool over = false;
    world_.after(time, [&] { loop_.post([&] { over = true; }); });
    EXPECT_EQ(world_.run_until([&] { return over; }, 2 * time), loop::SimWorld::Outcome::met);
}

std::shared_ptr<model::ServiceState> ControlTest::state(const std::string& service) const {
    const auto& services = latest().model.services;
    const auto found = std::ranges::find(services, service, [](const auto& each) { return each->name; });
    return (*found)->state;
}

std::string ControlTest::endpoints(const model::ServiceState& state) {
    std::string text;
    for (const auto& endpoint : state.endpoints()->primary)
        text += (text.empty() ? "" : " ") + endpoint->text;
    return text;
}

std::string ControlTest::endpoints(const std::string& service) const { return endpoints(*state(service)); }

int ControlTest::reports_with(const std::string& part) const {
    return static_cast<int>(std::ranges::count_if(
        reports_, [&](const Reported& report) { return report.text.find(part) != std::string::npos; }));
}

}   // namespace gatehouse::control
