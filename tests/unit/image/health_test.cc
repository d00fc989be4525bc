#include "health.h"

#include <gtest/gtest.h>

namespace gatehouse::image {
namespace {

TEST(image_health, listening_sockets_are_read_with_their_queues) {
    const auto rows = parse_listening(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000 0 111 1 0 100\n"
        "   1: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000 0 222 1 0 20\n"
        "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 333 1 0 100\n"
        "   3: 0000:0050 0:0 0A 0:0 0 0 0 0 444\n",
        false);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].port, 8080);
    EXPECT_EQ(rows[0].waiting, 3U);
    EXPECT_EQ(rows[0].address, (std::vector<std::uint8_t>{127, 0, 0, 1}));
    EXPECT_EQ(rows[1].inode, 333U);
    EXPECT_EQ(rows[1].port, 80);
}

TEST(image_health, ipv6_addresses_are_words_in_the_machines_order) {
    const auto rows =
        parse_listening("0: 00000000000000000000000001000000:0050 0:0 0A 0:0 0 0 0 0 444\n", true);
    ASSERT_EQ(rows.size(), 1U);
    std::vector<std::uint8_t> loopback(16);
    loopback[15] = 1;
    EXPECT_EQ(rows[0].address, loopback);
    EXPECT_TRUE(rows[0].is_ipv6);
}

TEST(image_health, a_program_that_does_not_run_is_a_fault) {
    EXPECT_EQ(find_fault("/etc/passwd"), "no gateway runs here");
    EXPECT_EQ(find_fault("/absent"), "no gateway runs here");
}

}   // namespace
}   // namespace gatehouse::image
