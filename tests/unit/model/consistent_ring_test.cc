#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "base/crc32.h"
#include "tests/unit/model/endpoints.h"

namespace gatehouse::model {
namespace {

using Resolved = std::vector<std::vector<SocketAddress>>;

std::shared_ptr<const EndpointSet> ring_of(std::vector<ServerEntry> servers, const Resolved& resolved = {}) {
    Service service;
    service.balancing = Balancing::consistent_hash;
    service.servers = std::move(servers);
    return build_endpoint_set(service, resolved, nullptr);
}

std::string owner(const EndpointSet& set, std::string_view key) {
    const auto hash = Crc32::of(key);
    auto point = std::ranges::lower_bound(set.ring, hash, {}, [](const auto& p) { return p.first; });
    if (point == set.ring.end()) point = set.ring.begin();
    return set.primary[point->second]->text;
}

TEST(crc32, is_the_one_of_zlib) {
    EXPECT_EQ(Crc32::of(""), 0U);
    EXPECT_EQ(Crc32::of("123456789"), 0xCBF43926U);
    static_assert(Crc32::of("123456789") == 0xCBF43926U);
}

TEST(consistent_ring, keys_go_where_nginx_was_seen_to_send_them) {
    auto second = server("127.0.0.1", 59002, 3);
    auto socket = server("/nonexistent/a");
    socket.is_unix = true;
    auto without_port = server("127.0.0.2");
    without_port.written = "127.0.0.2";
    const auto set = ring_of({server("127.0.0.1", 59001), second, socket, without_port});
    // key0 … key59 with nginx 1.22: the server by its place in the list above
    constexpr std::string_view seen = "113133213111200002203221211112201113111333111111221101113110";
    const std::string names[] = {"127.0.0.1:59001", "127.0.0.1:59002", "unix:/nonexistent/a", "127.0.0.2:80"};
    for (std::size_t i = 0; i < 60; ++i) {
        EXPECT_EQ(owner(*set, "key" + std::to_string(i)), names[static_cast<std::size_t>(seen[i] - '0')])
            << i;
    }
}

TEST(consistent_ring, has_160_points_for_each_unit_of_weight) {
    const auto set = ring_of({server("10.0.0.1"), server("10.0.0.2", 80, 2)});
    EXPECT_EQ(set->ring.size(), 480U);
    EXPECT_TRUE(std::ranges::is_sorted(set->ring));
    EXPECT_EQ(std::ranges::count(set->ring, 1, [](const auto& p) { return p.second; }), 320);
}

TEST(consistent_ring, huge_weights_do_not_make_a_huge_ring) {
    const auto set = ring_of({server("10.0.0.1", 80, 4'000'000'000U), server("10.0.0.2", 80, 1)});
    EXPECT_LE(set->ring.size(), 1'100'000U);
    EXPECT_GE(std::ranges::count(set->ring, 1, [](const auto& p) { return p.second; }), 150);
}

RC_GTEST_PROP(consistent_ring, removing_a_server_moves_only_its_keys, ()) {
    const auto hosts = *rc::gen::suchThat(rc::gen::unique<std::vector<int>>(rc::gen::inRange(1, 250)),
                                          [](const auto& all) { return all.size() >= 2; });
    std::vector<ServerEntry> servers;
    for (const int host : hosts) {
        servers.push_back(server("10.0.0." + std::to_string(host), 80, static_cast<unsigned>(1 + host % 3)));
    }
    const auto before = ring_of(servers);
    const auto gone_at = *rc::gen::inRange<std::size_t>(0, servers.size());
    const auto gone = servers[gone_at].as_written();
    servers.erase(servers.begin() + static_cast<std::ptrdiff_t>(gone_at));
    const auto after = ring_of(servers);
    for (int i = 0; i < 200; ++i) {
        const auto key = "/item/" + std::to_string(i);
        const auto owner_before = owner(*before, key);
        if (owner_before != gone) RC_ASSERT(owner(*after, key) == owner_before);
    }
}

TEST(consistent_ring, an_address_that_leaves_a_name_moves_only_its_keys) {
    const std::vector<ServerEntry> servers = {server("app"), server("10.0.1.1")};
    const auto before = ring_of(servers, {addresses({"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"}), {}});
    const auto after = ring_of(servers, {addresses({"10.0.0.3:80", "10.0.0.1:80"}), {}});
    const auto alone = ring_of(servers, {addresses({"10.0.0.9:80"}), {}});
    std::map<std::string, int> shares;
    for (int i = 0; i < 4000; ++i) {
        const auto key = "key" + std::to_string(i);
        const auto was = owner(*before, key);
        ++shares[was];
        if (was != "10.0.0.2:80") {
            EXPECT_EQ(owner(*after, key), was) << key;
        }
        EXPECT_EQ(was == "10.0.1.1:80", owner(*alone, key) == "10.0.1.1:80")
            << "a name is one server, as in nginx";
    }
    for (const auto* text : {"10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"})
        EXPECT_NEAR(shares[text], 667, 250) << text;
}

}   // namespace
}   // namespace gatehouse::model
