#include "model/snapshot.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

std::shared_ptr<Service> service(std::string name) {
    auto made = std::make_shared<Service>();
    made->name = std::move(name);
    return made;
}

TEST(snapshot, binds_each_service_to_its_state) {
    Model model;
    model.services = {service("a"), service("b")};
    std::vector<std::string> asked;
    const auto snapshot = Snapshot::compile(model, 7, [&](const Service& of) {
        asked.push_back(of.name);
        return std::make_shared<ServiceState>();
    });
    EXPECT_EQ(snapshot->generation, 7U);
    EXPECT_EQ(asked, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(snapshot->states.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_NE(snapshot->states[i], nullptr);
        EXPECT_EQ(snapshot->model.services[i]->state, snapshot->states[i]);
    }
}

TEST(snapshot, a_service_shared_with_an_earlier_snapshot_stays_bound) {
    Model model;
    model.services = {service("a")};
    const auto fresh = [](const Service&) { return std::make_shared<ServiceState>(); };
    const auto first = Snapshot::compile(model, 1, fresh);
    model.services.push_back(service("b"));
    const auto second = Snapshot::compile(model, 2, fresh);
    EXPECT_EQ(second->states[0], first->states[0]);
    EXPECT_NE(second->states[1], nullptr);
}

TEST(snapshot, each_listener_gets_the_table_of_its_sites) {
    const auto named = [](const char* name) {
        auto site = std::make_shared<Site>();
        site->name = name;
        site->names.push_back({SiteName::Kind::exact, name, nullptr});
        return site;
    };
    const std::shared_ptr<const Site> a = named("a");
    const std::shared_ptr<const Site> b = named("b");
    Model model;
    model.listeners.resize(2);
    model.listeners[0].text = "0.0.0.0:80";
    model.listeners[0].sites = {a, b};
    model.listeners[0].default_site = a;
    model.listeners[1].text = "0.0.0.0:81";
    model.listeners[1].sites = {b};
    model.listeners[1].default_site = b;
    const auto snapshot = Snapshot::compile(model, 1, nullptr);
    ASSERT_EQ(snapshot->listeners.size(), 2U);
    EXPECT_EQ(snapshot->listeners[0]->listener.text, "0.0.0.0:80");
    Captures captures;
    const Regex* regex = nullptr;
    EXPECT_EQ(&snapshot->listeners[0]->sites.match("b", captures, regex), b.get());
    EXPECT_EQ(&snapshot->listeners[0]->sites.match("c", captures, regex), a.get());
    EXPECT_EQ(&snapshot->listeners[1]->sites.match("a", captures, regex), b.get());
}

TEST(origin, says_the_place_as_exactly_as_it_is_known) {
    const auto file = std::make_shared<const std::string>("proxy.conf");
    EXPECT_EQ(Origin().describe(), "built in");
    EXPECT_EQ((Origin{file, 12, 5}.describe()), "proxy.conf:12:5");
    EXPECT_EQ((Origin{file, 12, 0}.describe()), "proxy.conf:12");
    EXPECT_EQ((Origin{file, 0, 0}.describe()), "proxy.conf");
}

}   // namespace
}   // namespace gatehouse::model
