#include "net/hosts_file.h"

#include <gtest/gtest.h>

namespace gatehouse::net {
namespace {

std::string found(const HostsFile& hosts, std::string_view name) {
    std::string text;
    for (const auto& address : hosts.find(name)) text += (text.empty() ? "" : " ") + address.ip_text();
    return text;
}

TEST(HostsFile, finds_every_name_of_a_line_ignoring_case_and_a_final_dot) {
    const HostsFile hosts("127.0.0.1\tlocalhost\n172.18.0.3 back-end  api.internal\t# two names\n");
    EXPECT_EQ(found(hosts, "localhost"), "127.0.0.1");
    EXPECT_EQ(found(hosts, "BACK-END"), "172.18.0.3");
    EXPECT_EQ(found(hosts, "api.internal."), "172.18.0.3");
    EXPECT_EQ(found(hosts, "two"), "");
}

TEST(HostsFile, collects_the_addresses_of_all_lines_of_a_name) {
    const HostsFile hosts("127.0.0.1 localhost\n::1 localhost ip6-localhost\n10.0.0.1 a\n10.0.0.2 a\n");
    EXPECT_EQ(found(hosts, "localhost"), "127.0.0.1 ::1");
    EXPECT_EQ(found(hosts, "a"), "10.0.0.1 10.0.0.2");
}

TEST(HostsFile, passes_over_what_it_does_not_understand) {
    const HostsFile hosts(
        "not an address\n10.0.0.1\n999.0.0.1 b\n#10.0.0.2 c\n\n   \n10.0.0.3 d\r\n10.0.0.4 e");
    for (const char* name : {"an", "b", "c"}) EXPECT_EQ(found(hosts, name), "") << name;
    EXPECT_EQ(found(hosts, "d"), "10.0.0.3");
    EXPECT_EQ(found(hosts, "e"), "10.0.0.4");
}

TEST(HostsFile, an_empty_file_knows_nobody) { EXPECT_EQ(found(HostsFile(""), "localhost"), ""); }

}   // namespace
}   // namespace gatehouse::net
