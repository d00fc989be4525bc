// Which container we are in, by what the kernel shows.

#include "providers/docker/own_container.h"

#include <gtest/gtest.h>

namespace gatehouse::docker {
namespace {

const std::string own = std::string(60, 'a') + "0123", other = std::string(60, 'b') + "4567";

TEST(own_container, is_named_by_the_mounts_over_its_own_files) {
    const std::string inside =
        "600 599 0:50 / / rw - overlay overlay rw\n"
        "610 600 8:1 /docker/containers/" +
        own +
        "/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw\n"
        "611 600 8:1 /docker/containers/" +
        own + "/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n";
    EXPECT_EQ(possible_own_ids(inside, "0::/\n", "web"), (std::vector<std::string>{own, own}));
    const std::string host =
        "90 29 0:44 / /var/lib/docker/containers/" + own + "/mounts/shm rw - tmpfs shm rw\n";
    EXPECT_TRUE(possible_own_ids(host, "0::/user.slice\n", "machine").empty());
}

TEST(own_container, is_named_by_its_control_group_or_its_host_name) {
    EXPECT_EQ(possible_own_ids("", "12:cpu:/docker/" + own + "\n", ""), std::vector<std::string>{own});
    EXPECT_EQ(possible_own_ids("", "0::/system.slice/docker-" + own + ".scope\n", ""),
              std::vector<std::string>{own});
    EXPECT_EQ(possible_own_ids("", "", own.substr(0, 12)), std::vector<std::string>{own.substr(0, 12)});
    EXPECT_TRUE(possible_own_ids("short", "0::/", "abc123").empty());
}

model::ContainerFacts with_networks(std::vector<model::ContainerNetwork> networks) {
    model::ContainerFacts facts;
    facts.name = "gateway";
    facts.networks = std::move(networks);
    return facts;
}

TEST(own_container, knows_the_networks_of_the_container_as_they_change) {
    OwnContainer container({own.substr(0, 12)});
    auto facts = with_networks({{"lab", "1", "10.0.0.2", ""}});
    EXPECT_FALSE(container.take(other, &facts));
    EXPECT_TRUE(container.networks().empty());
    EXPECT_TRUE(container.take(own, &facts));
    EXPECT_FALSE(container.take(own, &facts));
    EXPECT_EQ(container.networks(), (OwnContainer::Networks{{"1", "lab"}}));
    facts.networks.push_back({"more", "2", "10.1.0.2", ""});
    EXPECT_TRUE(container.take(own, &facts));
    EXPECT_EQ(container.networks().size(), 2U);
    EXPECT_FALSE(container.take(other, nullptr));
    EXPECT_TRUE(container.take(own, nullptr));
    EXPECT_TRUE(container.networks().empty());
}

TEST(own_container, on_the_hosts_network_reaches_them_all) {
    OwnContainer container({own});
    auto facts = with_networks({{"host", "9", "", ""}});
    facts.network_mode = "host";
    EXPECT_FALSE(container.take(own, &facts));
    EXPECT_TRUE(container.networks().empty());
}

}   // namespace
}   // namespace gatehouse::docker
