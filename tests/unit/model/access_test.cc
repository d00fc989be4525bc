#include "model/access.h"

#include <gtest/gtest.h>

#include "base/socket_address.h"

namespace gatehouse::model {
namespace {

SocketAddress address(std::string_view text) {
    if (text.starts_with("unix:")) return SocketAddress::from_unix_path(text.substr(5));
    SocketAddress out;
    EXPECT_TRUE(SocketAddress::parse(text, 12345, out)) << text;
    return out;
}

bool contains(std::string_view network, std::string_view client) {
    bool host_bits_set = false;
    const auto parsed = Network::parse(network, host_bits_set);
    EXPECT_TRUE(parsed) << network;
    return parsed && parsed->contains(*address(client).get());
}

TEST(access, networks_contain_their_addresses) {
    const std::tuple<const char*, const char*, bool> table[] = {
        {"all", "10.1.2.3", true},
        {"all", "::1", true},
        {"all", "unix:/run/x", true},
        {"unix:", "unix:/run/x", true},
        {"unix:", "127.0.0.1", false},
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "unix:/run/x", false},
        {"192.168.1.64/26", "192.168.1.127", true},
        {"192.168.1.64/26", "192.168.1.128", false},
        {"192.168.1.7", "192.168.1.7", true},
        {"192.168.1.7", "192.168.1.6", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "::1", false},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::1", "::1", true},
        {"::1", "127.0.0.1", false},
        {"::/0", "2001:db8::1", true},
        {"10.0.0.0/8", "::ffff:10.9.9.9", true},
        {"::ffff:0:0/96", "::ffff:10.9.9.9", false},
    };
    for (const auto& [network, client, expected] : table) {
        EXPECT_EQ(contains(network, client), expected) << network << " " << client;
    }
}

TEST(access, an_address_alone_is_a_network_of_one) {
    for (const auto* ip : {"10.1.2.3", "2001:db8::1"}) {
        EXPECT_TRUE(Network::of(address(ip)).contains(*address(ip).get())) << ip;
        for (const auto* other : {"10.1.2.2", "2001:db8::", "unix:/run/x"})
            EXPECT_FALSE(Network::of(address(ip)).contains(*address(other).get())) << ip << " " << other;
    }
    EXPECT_TRUE(Network::of(address("10.1.2.3")).contains(*address("::ffff:10.1.2.3").get()));
}

TEST(access, bits_below_the_mask_are_cleared_and_told) {
    bool host_bits_set = false;
    const auto network = Network::parse("10.1.2.3/8", host_bits_set);
    ASSERT_TRUE(network);
    EXPECT_TRUE(host_bits_set);
    EXPECT_TRUE(network->contains(*address("10.200.0.0").get()));
    ASSERT_TRUE(Network::parse("2001:db8::1/64", host_bits_set));
    EXPECT_TRUE(host_bits_set);
    ASSERT_TRUE(Network::parse("10.0.0.0/8", host_bits_set));
    EXPECT_FALSE(host_bits_set);
}

TEST(access, what_is_no_network_is_refused) {
    bool host_bits_set = false;
    for (const char* text : {"", "localhost", "10.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129",
                             "256.1.1.1", "unix:/run/x", "10.0.0.0/8/8", "[::1]"}) {
        EXPECT_FALSE(Network::parse(text, host_bits_set)) << text;
    }
}

TEST(access, the_first_rule_that_contains_the_client_decides) {
    bool ignored = false;
    AccessRules rules;
    const std::pair<const char*, bool> lines[] = {{"192.168.1.1", false},
                                                  {"192.168.1.0/24", true},
                                                  {"10.1.1.0/16", true},
                                                  {"2001:db8::/32", true},
                                                  {"all", false}};
    for (const auto& [network, allow] : lines)
        rules.rules.push_back({*Network::parse(network, ignored), allow, {}});
    EXPECT_EQ(rules.find(*address("192.168.1.1").get()), &rules.rules[0]);
    EXPECT_EQ(rules.find(*address("192.168.1.2").get()), &rules.rules[1]);
    EXPECT_EQ(rules.find(*address("2001:db8::9").get()), &rules.rules[3]);
    EXPECT_EQ(rules.find(*address("9.9.9.9").get()), &rules.rules[4]);
    rules.rules.pop_back();
    EXPECT_EQ(rules.find(*address("9.9.9.9").get()), nullptr);
}

}   // namespace
}   // namespace gatehouse::model
