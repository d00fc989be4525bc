#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/model/endpoints.h"

namespace gatehouse::model {
namespace {

using Texts = std::vector<std::string>;
using Order = std::vector<std::uint16_t>;

Service service_of(std::vector<ServerEntry> servers) {
    Service service;
    service.name = "app";
    service.servers = std::move(servers);
    return service;
}

TEST(endpoint_set, every_address_of_a_name_is_an_endpoint_with_the_weight_of_its_line) {
    const auto service = service_of({server("app", 80, 2), server("other", 81)});
    const auto set = build_endpoint_set(
        service, {addresses({"10.0.0.2:80", "10.0.0.1:80"}), addresses({"10.0.0.9:81"})}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"10.0.0.1:80", "10.0.0.2:80", "10.0.0.9:81"}));
    EXPECT_EQ(set->order, smooth_weighted_order({2, 2, 1}));
    EXPECT_EQ(set->unresolved, "");
    EXPECT_TRUE(set->ring.empty()) << "only consistent hashing has one";
}

TEST(endpoint_set, literals_and_unix_sockets_need_no_resolving) {
    auto socket = server("/run/app.sock");
    socket.is_unix = true;
    const auto service = service_of({server("127.0.0.1", 5000), server("[2001:db8::1]", 80), socket});
    const auto set = build_endpoint_set(service, {}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"127.0.0.1:5000", "[2001:db8::1]:80", "unix:/run/app.sock"}));
}

TEST(endpoint_set, names_without_an_address_are_told) {
    const auto service = service_of({server("web"), server("127.0.0.1"), server("api")});
    const auto set = build_endpoint_set(service, {{}, {}, {}}, nullptr);
    EXPECT_EQ(set->unresolved, "web, api");
    EXPECT_EQ(texts(set->primary), (Texts{"127.0.0.1:80"}));
}

TEST(endpoint_set, an_address_given_twice_for_a_name_counts_once) {
    const auto service = service_of({server("app")});
    const auto set = build_endpoint_set(service, {addresses({"10.0.0.1:80", "10.0.0.1:80"})}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"10.0.0.1:80"}));
}

TEST(endpoint_set, the_same_server_written_twice_is_two_endpoints_as_in_nginx) {
    const auto service = service_of({server("10.0.0.1"), server("10.0.0.1"), server("10.0.0.2")});
    const auto set = build_endpoint_set(service, {}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"10.0.0.1:80", "10.0.0.1:80", "10.0.0.2:80"}));
    const auto next = build_endpoint_set(service, {}, set.get());
    EXPECT_EQ(next->primary, set->primary) << "each keeps its own counters";
}

TEST(endpoint_set, localhost_is_one_endpoint_with_two_addresses) {
    const auto service = service_of({server("localhost", 5000)});
    const auto set = build_endpoint_set(service, {addresses({"[::1]:5000", "127.0.0.1:5000"})}, nullptr);
    ASSERT_EQ(set->primary.size(), 1U);
    EXPECT_EQ(set->primary[0]->text, "127.0.0.1:5000");
    EXPECT_EQ(set->primary[0]->addresses, addresses({"127.0.0.1:5000", "[::1]:5000"}));
    EXPECT_EQ(set->order, Order{0});
}

TEST(endpoint_set, other_addresses_beside_the_two_of_localhost_are_endpoints_of_their_own) {
    const auto service = service_of({server("box")});
    const auto set = build_endpoint_set(
        service, {addresses({"[::1]:80", "10.0.0.7:80", "127.0.0.1:80", "[fd00::7]:80"})}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"10.0.0.7:80", "127.0.0.1:80", "[fd00::7]:80"}));
}

TEST(endpoint_set, backup_servers_are_apart) {
    auto backup = server("10.0.0.9", 80, 3);
    backup.backup = true;
    const auto service = service_of({server("10.0.0.1"), backup, server("10.0.0.2")});
    const auto set = build_endpoint_set(service, {}, nullptr);
    EXPECT_EQ(texts(set->primary), (Texts{"10.0.0.1:80", "10.0.0.2:80"}));
    EXPECT_EQ(texts(set->backup), (Texts{"10.0.0.9:80"}));
    EXPECT_EQ(set->backup_order, Order{0});
}

TEST(endpoint_set, servers_that_are_down_keep_their_index_but_have_no_turn) {
    auto down = server("10.0.0.2", 80, 5);
    down.down = true;
    const auto service = service_of({server("10.0.0.1"), down, server("10.0.0.3")});
    const auto set = build_endpoint_set(service, {}, nullptr);
    EXPECT_EQ(set->primary.size(), 3U);
    EXPECT_EQ(set->order, (Order{0, 2}));
}

TEST(endpoint_set, endpoints_keep_their_counters_when_addresses_come_and_go) {
    const auto service = service_of({server("app")});
    const auto first = build_endpoint_set(service, {addresses({"10.0.0.1:80", "10.0.0.2:80"})}, nullptr);
    first->primary[1]->in_flight = 7;
    first->primary[1]->failures = 3;
    const auto second = build_endpoint_set(service, {addresses({"10.0.0.3:80", "10.0.0.2:80"})}, first.get());
    EXPECT_EQ(texts(second->primary), (Texts{"10.0.0.2:80", "10.0.0.3:80"}));
    EXPECT_EQ(second->primary[0], first->primary[1]);
    EXPECT_EQ(second->primary[0]->in_flight, 7U);
    EXPECT_EQ(second->primary[1]->in_flight, 0U);
}

TEST(endpoint_set, a_line_that_moved_in_the_file_keeps_its_endpoint) {
    auto line = server("10.0.0.1");
    const auto first = build_endpoint_set(service_of({line}), {}, nullptr);
    line.origin.line = 99;
    const auto second = build_endpoint_set(service_of({server("10.0.0.5"), line}), {}, first.get());
    EXPECT_EQ(second->primary[1], first->primary[0]);
}

TEST(endpoint_set, a_changed_line_makes_a_new_endpoint) {
    const auto line = server("10.0.0.1");
    const auto first = build_endpoint_set(service_of({line}), {}, nullptr);
    const auto changed_by = [&](auto change) {
        auto other = line;
        change(other);
        const auto set = build_endpoint_set(service_of({other}), {}, first.get());
        const auto& endpoints = other.backup ? set->backup : set->primary;
        return endpoints.at(0) != first->primary[0];
    };
    EXPECT_FALSE(changed_by([](ServerEntry&) {}));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.weight = 2; }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.max_conns = 5; }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.max_fails = 0; }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.fail_timeout = std::chrono::seconds(1); }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.backup = true; }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.down = true; }));
    EXPECT_TRUE(changed_by([](ServerEntry& s) { s.port = 81; }));
}

TEST(service_state, starts_with_an_empty_set_and_tells_of_every_change) {
    ServiceState state;
    ASSERT_NE(state.endpoints(), nullptr);
    EXPECT_TRUE(state.endpoints()->primary.empty());
    const auto before = state.version();
    const auto set = build_endpoint_set(service_of({server("10.0.0.1")}), {}, nullptr);
    state.replace(set);
    EXPECT_NE(state.version(), before);
    EXPECT_EQ(state.endpoints(), set);
}

TEST(service_state, readers_see_whole_sets_while_control_replaces_them) {
    ServiceState state;
    const auto service = service_of({server("app")});
    std::atomic<bool> stop = false;
    std::thread reader([&] {
        while (!stop) {
            const auto set = state.endpoints();
            if (set->primary.size() != set->order.size()) std::abort();
        }
    });
    std::shared_ptr<const EndpointSet> set;
    for (int i = 0; i < 500; ++i) {
        auto all = addresses({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"});
        all.resize(static_cast<std::size_t>(1 + i % 3));
        set = build_endpoint_set(service, {all}, set.get());
        state.replace(set);
    }
    stop = true;
    reader.join();
    EXPECT_EQ(state.version(), 500U);
}

}   // namespace
}   // namespace gatehouse::model
