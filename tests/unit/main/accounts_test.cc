#include "main/accounts.h"

#include <gtest/gtest.h>

namespace gatehouse::process {
namespace {

constexpr std::string_view passwd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# a comment\n"
    "broken line\n"
    "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
constexpr std::string_view group =
    "root:x:0:\n"
    "www-data:x:33:\n"
    "ssl-cert:x:101:www-data,other\n"
    "certs:x:102:another,www-data\n"
    "nogroup:x:65534:\n";

TEST(accounts, finds_a_user_with_its_groups) {
    const auto account = find_account(passwd, group, "www-data", "");
    ASSERT_TRUE(account);
    EXPECT_EQ(account->user, 33U);
    EXPECT_EQ(account->group, 33U);
    EXPECT_EQ(account->groups, (std::vector<gid_t>{33, 101, 102}));
}

TEST(accounts, takes_another_group_by_name_or_number) {
    EXPECT_EQ(find_account(passwd, group, "www-data", "certs")->group, 102U);
    EXPECT_EQ(find_account(passwd, group, "www-data", "4000")->group, 4000U);
}

TEST(accounts, a_user_without_a_group_of_its_name_has_its_own) {
    EXPECT_EQ(find_account(passwd, group, "nobody", "nobody")->group, 65534U);
}

TEST(accounts, takes_users_by_number) {
    EXPECT_EQ(find_account(passwd, group, "33", "")->groups.size(), 3U) << "a known number brings its groups";
    const auto unknown = find_account(passwd, group, "1234", "");
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->user, 1234U);
    EXPECT_EQ(unknown->group, 1234U);
}

TEST(accounts, says_what_is_missing) {
    EXPECT_EQ(find_account(passwd, group, "deploy", "deploy").error(),
              "user \"deploy\" is not in /etc/passwd");
    EXPECT_EQ(find_account(passwd, group, "www-data", "staff").error(),
              "group \"staff\" is not in /etc/group");
    EXPECT_FALSE(find_account(passwd, group, "4294967295", "")) << "-1 means \"leave it\" to setuid(2)";
    EXPECT_FALSE(find_account(passwd, group, "", ""));
}

TEST(accounts, names_a_user_by_number) {
    EXPECT_EQ(user_name(passwd, 33), "www-data");
    EXPECT_EQ(user_name(passwd, 34), std::nullopt);
}

}   // namespace
}   // namespace gatehouse::process
