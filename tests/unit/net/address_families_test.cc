#include "net/address_families.h"

#include <gtest/gtest.h>

namespace gatehouse::net {
namespace {

AddressFamilies families(const std::vector<std::string>& texts) {
    std::vector<SocketAddress> addresses(texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i)
        EXPECT_TRUE(SocketAddress::parse(texts[i], 0, addresses[i]));
    return families_of(addresses);
}

constexpr AddressFamilies both{.ipv4 = true, .ipv6 = true};
constexpr AddressFamilies only_ipv4{.ipv4 = true, .ipv6 = false};
constexpr AddressFamilies only_ipv6{.ipv4 = false, .ipv6 = true};

TEST(AddressFamilies, are_those_of_the_addresses_that_are_not_loopback) {
    EXPECT_EQ(families({"127.0.0.1", "::1", "172.18.0.2"}), only_ipv4);
    EXPECT_EQ(families({"127.0.0.1", "::1", "fe80::1"}), only_ipv6);
    EXPECT_EQ(families({"172.18.0.2", "fd00::2"}), both);
}

TEST(AddressFamilies, are_both_where_there_is_only_loopback) {
    EXPECT_EQ(families({"127.0.0.1", "::1"}), both);
    EXPECT_EQ(families({}), both);
}

}   // namespace
}   // namespace gatehouse::net
