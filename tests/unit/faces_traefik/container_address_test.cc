#include "faces/traefik/container_address.h"

#include <gtest/gtest.h>

namespace gatehouse::traefik {
namespace {

ContainerFacts with_networks(std::vector<ContainerNetwork> networks) {
    ContainerFacts facts;
    facts.name = "c";
    facts.networks = std::move(networks);
    facts.ports = {{80, "tcp", {}}};
    return facts;
}

struct Question {
    ContainerFacts container;
    std::string network{};
    std::string port{};
    AddressRules rules{};
    FindContainer find{};
};

std::string answer(const Question& question) {
    Remarks remarks;
    const auto found = find_address(question.container, question.network, question.port, "tcp",
                                    question.rules, question.find, remarks);
    std::string text = found ? joined(*found) : std::string(found.error().reason);
    for (const Remark& remark : remarks.items()) {
        if (remark.severity == Severity::warning) text += " (warned)";
    }
    return text;
}

const std::vector<ContainerNetwork> two = {{"zoo", "1", "10.0.0.1", ""}, {"abc", "2", "10.0.0.2", ""}};

TEST(container_address, the_network_that_is_named_wins) {
    EXPECT_EQ(answer({with_networks(two), "zoo"}), "10.0.0.1:80");
    EXPECT_EQ(answer({with_networks(two), "missing"}), "10.0.0.2:80 (warned)");
    EXPECT_EQ(answer({with_networks({{"zoo", "1", "", ""}, {"abc", "2", "10.0.0.2", ""}}), "zoo"}),
              "no-address");
}

TEST(container_address, otherwise_a_network_of_the_gateway_then_the_first_by_name) {
    EXPECT_EQ(answer({with_networks(two)}), "10.0.0.2:80");
    EXPECT_EQ(answer({with_networks(two), "", "", {.own_networks = {{"1", "own"}}}}), "10.0.0.1:80");
    EXPECT_EQ(answer({with_networks({{"abc", "2", "", ""}, {"zoo", "1", "10.0.0.1", ""}})}), "10.0.0.1:80");
    EXPECT_EQ(answer({with_networks({})}), "no-address");
}

TEST(container_address, without_a_network_of_the_gateway_there_is_none_unless_one_is_named) {
    const AddressRules elsewhere{.own_networks = {{"9", "own"}}};
    EXPECT_EQ(answer({with_networks(two), "", "", elsewhere}), "no-shared-network");
    EXPECT_EQ(answer({with_networks(two), "missing", "", elsewhere}), "no-shared-network");
    EXPECT_EQ(answer({with_networks(two), "zoo", "", elsewhere}), "10.0.0.1:80 (warned)");
    EXPECT_EQ(answer({with_networks(two), "zoo", "", {.own_networks = {{"1", "zoo"}}}}), "10.0.0.1:80");
    ContainerFacts on_host = with_networks({});
    on_host.network_mode = "host";
    EXPECT_EQ(answer({on_host, "", "", elsewhere}), "127.0.0.1:80");
}

TEST(container_address, ipv6_counts_where_there_is_no_ipv4) {
    EXPECT_EQ(answer({with_networks({{"a", "1", "", "fd00::2"}})}), "[fd00::2]:80");
    EXPECT_EQ(answer({with_networks({{"a", "1", "10.0.0.1", "fd00::2"}})}), "10.0.0.1:80");
}

TEST(container_address, host_networking_is_the_node_or_what_the_host_is_called) {
    ContainerFacts facts = with_networks({});
    facts.network_mode = "host";
    EXPECT_EQ(answer({facts}), "127.0.0.1:80");
    EXPECT_EQ(answer({facts, "", "", {.host_address = "172.17.0.1"}}), "172.17.0.1:80");
    facts.node_ip = "192.168.0.9";
    EXPECT_EQ(answer({facts, "", "", {.host_address = "172.17.0.1"}}), "192.168.0.9:80");
    facts.networks = two;
    EXPECT_EQ(answer({facts, "zoo"}), "10.0.0.1:80");
}

TEST(container_address, a_shared_network_is_that_of_the_other_container) {
    ContainerFacts facts = with_networks({});
    facts.network_mode = "container:other";
    ContainerFacts other = with_networks(two);
    const FindContainer find = [&](std::string_view name) { return name == "other" ? &other : nullptr; };
    EXPECT_EQ(answer({facts, "zoo", "", {}, find}), "10.0.0.1:80");
    other.labels["traefik.docker.network"] = "abc";
    EXPECT_EQ(answer({facts, "zoo", "", {}, find}), "10.0.0.2:80");
    EXPECT_EQ(answer({facts}), "no-address");
    other = facts;   // which uses its own network: a ring
    EXPECT_EQ(answer({facts, "", "", {}, find}), "no-address");
}

TEST(container_address, the_port_is_the_label_or_the_lowest_that_is_exposed) {
    ContainerFacts facts = with_networks(two);
    facts.ports = {{8443, "tcp", {}}, {443, "tcp", {}}, {8080, "tcp", {}}};
    EXPECT_EQ(answer({facts}), "10.0.0.2:443");
    EXPECT_EQ(answer({facts, "", "9000"}), "10.0.0.2:9000");
    for (const char* wrong : {"0", "65536", "http", "80/tcp", "-1"})
        EXPECT_EQ(answer({facts, "", wrong}), "bad-port");
    facts.ports.clear();
    EXPECT_EQ(answer({facts}), "no-port");
    EXPECT_EQ(answer({facts, "", "9000"}), "10.0.0.2:9000");
}

TEST(container_address, a_published_port_counts_if_it_has_an_address_of_its_own) {
    const AddressRules rules{.use_bind_port_ip = true};
    ContainerFacts facts = with_networks(two);
    facts.ports = {{80, "tcp", {{"1.2.3.4", 8081}}}, {443, "tcp", {{"5.6.7.8", 8082}}}};
    EXPECT_EQ(answer({facts, "", "", rules}), "1.2.3.4:8081");
    EXPECT_EQ(answer({facts, "", "443", rules}), "5.6.7.8:8082");
    EXPECT_EQ(answer({facts, "", "444", rules}), "10.0.0.2:444");
    for (const char* any : {"0.0.0.0", "::", ""}) {
        facts.ports[0].bindings[0].host_ip = any;
        EXPECT_EQ(answer({facts, "", "", rules}), "10.0.0.2:80") << any;
    }
    facts.ports = {{80, "udp", {{"1.1.1.1", 1}}}, {80, "tcp", {{"2.2.2.2", 2}}}};
    EXPECT_EQ(answer({facts, "", "", rules}), "2.2.2.2:2");
}

}   // namespace
}   // namespace gatehouse::traefik
