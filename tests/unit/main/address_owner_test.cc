#include "main/address_owner.h"

#include "main/unique_fd.h"

#include <gtest/gtest.h>

#include <unistd.h>

namespace gatehouse::process {
namespace {

constexpr std::string_view tcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0000 "
    "100 0 0 10 0\n"
    "   1: 0100007F:1F91 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0000 "
    "20 4 30 10 -1\n"
    "   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0000 "
    "100 0 0 10 0\n";
constexpr std::string_view tcp6 =
    "  sl  local_address                         remote_address                        st tx_queue rx_queue\n"
    "   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 "
    "00000000    33        0 444 1 0000 100 0 0 10 0\n"
    "   1: 00000000000000000000000000000000:1F92 00000000000000000000000000000000:0000 0A 00000000:00000000 "
    "00:00000000 "
    "00000000     0        0 555 1 0000 100 0 0 10 0\n";
constexpr std::string_view unix_table =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000: 00000002 00000000 00010000 0001 01 666 /run/app.sock\n"
    "0000: 00000003 00000000 00000000 0001 03 777 /run/app.sock\n"
    "0000: 00000002 00000000 00010000 0001 01 888 /run/with a space\n"
    "0000: 00000003 00000000 00000000 0001 03 999\n";

SocketAddress at(std::string_view host, std::uint16_t port) {
    SocketAddress address;
    EXPECT_TRUE(SocketAddress::parse(host, port, address));
    return address;
}

TEST(address_owner, finds_the_listening_socket_of_an_address) {
    EXPECT_EQ(find_listener(tcp, false, at("127.0.0.1", 8080)), (TableRow{111, 1000}));
    EXPECT_EQ(find_listener(tcp6, true, at("::1", 80)), (TableRow{444, 33}));
    EXPECT_EQ(find_listener(tcp, false, at("127.0.0.2", 8080)), std::nullopt);
    EXPECT_EQ(find_listener(tcp, false, at("127.0.0.1", 8082)), std::nullopt);
}

TEST(address_owner, a_connection_is_no_listener) {
    EXPECT_EQ(find_listener(tcp, false, at("127.0.0.1", 8081)), std::nullopt);
}

TEST(address_owner, a_wildcard_is_in_the_way_of_every_address_and_the_other_way_round) {
    EXPECT_EQ(find_listener(tcp, false, at("10.0.0.1", 80)), (TableRow{333, 0}));
    EXPECT_EQ(find_listener(tcp, false, at("0.0.0.0", 8080)), (TableRow{111, 1000}));
    EXPECT_EQ(find_listener(tcp6, true, at("127.0.0.1", 8082)), (TableRow{555, 0}))
        << "[::] takes IPv4 as well";
}

TEST(address_owner, finds_unix_sockets_by_path) {
    EXPECT_EQ(find_unix_listener(unix_table, "/run/app.sock"), (TableRow{666, std::nullopt}));
    EXPECT_EQ(find_unix_listener(unix_table, "/run/with a space"), (TableRow{888, std::nullopt}));
    EXPECT_EQ(find_unix_listener(unix_table, "app.sock"), std::nullopt);
    EXPECT_EQ(find_unix_listener(unix_table, "/run/other"), std::nullopt);
}

TEST(address_owner, damaged_tables_give_nothing) {
    EXPECT_EQ(find_listener("garbage\n1 2 3 0A 5 6 7 8 9 10\n", false, at("127.0.0.1", 1)), std::nullopt);
    EXPECT_EQ(find_unix_listener("1 2 3 4 5 6 7", "7"), std::nullopt);
}

TEST(address_owner, finds_this_process) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SocketAddress address = at("127.0.0.1", 0);
    ASSERT_EQ(::bind(fd.get(), address.get(), address.length), 0);
    ASSERT_EQ(::listen(fd.get(), 1), 0);
    address.length = sizeof address.storage;
    ASSERT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address.storage), &address.length), 0);
    const std::string owner = describe_owner(address);
    EXPECT_TRUE(owner.ends_with("(pid " + std::to_string(::getpid()) + ")")) << owner;
    fd.reset();
    EXPECT_EQ(describe_owner(address), "");
}

}   // namespace
}   // namespace gatehouse::process
