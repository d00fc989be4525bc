// Where a tunnel may lead: ports, names, addresses.

#include "model/tunnel.h"

#include "base/socket_address.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::model {
namespace {

using Host = TunnelTargets::Host;

SocketAddress at(std::string_view text) {
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse(text, 443, address)) << text;
    return address;
}

Host name(std::string text) { return {.kind = Host::Kind::name, .name = std::move(text), .network = {}}; }
Host below(std::string text) {
    return {.kind = Host::Kind::wildcard, .name = std::move(text), .network = {}};
}
Host network(std::string_view text) {
    bool host_bits_set = false;
    return {.kind = Host::Kind::network, .name = {}, .network = *Network::parse(text, host_bits_set)};
}

TunnelTargets hosts(std::vector<Host> allowed) {
    TunnelTargets targets;
    targets.set_hosts(std::move(allowed));
    return targets;
}

TEST(tunnel_targets, knows_public_addresses_from_those_that_mean_something_here_only) {
    for (const auto* text :
         {"1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1",
          "223.255.255.255", "2606:4700::1", "2a00:1450::", "::ffff:8.8.8.8"}) {
        EXPECT_TRUE(is_public(*at(text).get())) << text;
    }
    for (const auto* text : {"0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "100.64.0.1",
                             "127.0.0.1",
                             "127.255.255.254",
                             "169.254.169.254",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.0.0.8",
                             "192.0.2.1",
                             "192.88.99.1",
                             "192.168.1.1",
                             "198.18.0.1",
                             "198.51.100.1",
                             "203.0.113.1",
                             "224.0.0.1",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::ffff:127.0.0.1",
                             "::ffff:10.0.0.1",
                             "::7f00:1",
                             "64:ff9b::a00:1",
                             "fe80::1",
                             "fc00::1",
                             "fd12::1",
                             "ff02::1",
                             "2001::1",
                             "2001:db8::1",
                             "2002:7f00:1::",
                             "3fff::1",
                             "4000::1"}) {
        EXPECT_FALSE(is_public(*at(text).get())) << text;
    }
    EXPECT_FALSE(is_public(*SocketAddress::from_unix_path("/run/x.sock").get()));
}

TEST(tunnel_targets, allow_the_https_of_the_public_internet_unless_told_otherwise) {
    const TunnelTargets targets;
    EXPECT_TRUE(targets.allows_port(443));
    for (const int port : {0, 22, 25, 80, 442, 444, 65535})
        EXPECT_FALSE(targets.allows_port(static_cast<std::uint16_t>(port))) << port;
    EXPECT_TRUE(targets.may_allow("example.com")) << "that depends on its addresses";
    EXPECT_TRUE(targets.may_allow("8.8.8.8"));
    EXPECT_FALSE(targets.may_allow("127.0.0.1"));
    EXPECT_FALSE(targets.may_allow("[::1]"));
    EXPECT_TRUE(targets.allows("example.com", *at("8.8.8.8").get()));
    EXPECT_FALSE(targets.allows("example.com", *at("10.0.0.1").get())) << "a name for a private address";
    EXPECT_FALSE(targets.has_hosts());
}

TEST(tunnel_targets, allow_ports_in_ranges) {
    TunnelTargets targets;
    targets.set_ports({{443, 443}, {8000, 8999}});
    for (const auto& [port, allowed] : std::initializer_list<std::pair<std::uint16_t, bool>>{
             {443, true}, {444, false}, {7999, false}, {8000, true}, {8999, true}, {9000, false}}) {
        EXPECT_EQ(targets.allows_port(port), allowed) << port;
    }
}

TEST(tunnel_targets, allow_a_name_whatever_its_addresses_and_no_other_name) {
    const auto targets = hosts({name("db.example.com")});
    EXPECT_TRUE(targets.allows("db.example.com", *at("10.0.0.1").get()));
    EXPECT_TRUE(targets.allows("DB.Example.com.", *at("10.0.0.1").get()));
    for (const auto* other : {"example.com", "x.db.example.com", "xdb.example.com", "db.example.com.evil",
                              "10.0.0.1", "8.8.8.8", ""}) {
        EXPECT_FALSE(targets.may_allow(other)) << other;
        EXPECT_FALSE(targets.allows(other, *at("10.0.0.1").get())) << other;
    }
}

TEST(tunnel_targets, allow_the_names_below_a_name) {
    const auto targets = hosts({below("example.com")});
    for (const auto* host : {"a.example.com", "A.B.EXAMPLE.COM", "a.example.com."})
        EXPECT_TRUE(targets.may_allow(host)) << host;
    for (const auto* host : {"example.com", ".example.com", "aexample.com", "example.com.evil", "com"})
        EXPECT_FALSE(targets.may_allow(host)) << host;
}

TEST(tunnel_targets, allow_networks_by_number_and_through_names) {
    const auto targets = hosts({network("10.1.0.0/16"), network("::1")});
    EXPECT_TRUE(targets.may_allow("10.1.2.3"));
    EXPECT_TRUE(targets.may_allow("[::1]"));
    EXPECT_FALSE(targets.may_allow("10.2.0.1"));
    EXPECT_FALSE(targets.may_allow("8.8.8.8"));
    EXPECT_TRUE(targets.allows("whatever.example", *at("10.1.0.9").get()));
    EXPECT_FALSE(targets.allows("whatever.example", *at("10.2.0.9").get()));
}

TEST(tunnel_targets, allow_anything_when_they_are_told_so) {
    const auto targets = hosts({{.kind = Host::Kind::any, .name = {}, .network = {}}});
    for (const auto* host : {"localhost", "127.0.0.1", "x.example"}) {
        EXPECT_TRUE(targets.may_allow(host)) << host;
        EXPECT_TRUE(targets.allows(host, *at("127.0.0.1").get())) << host;
    }
}

}   // namespace
}   // namespace gatehouse::model
