#pragma once
// Users and groups from the text of /etc/passwd and /etc/group: a static binary has no name service switch,
// and a container none to ask. Accounts that live only in a directory service must be given by number. Pure,
// but for drop_privileges().

#include "base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::process {

struct Account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups;   // supplementary ones
};

// `user` and `group` as the `user` directive names them; a number is taken as it is. An empty group is the
// user's own. The error is a sentence.
[[nodiscard]] tl::expected<Account, std::string> find_account(std::string_view passwd,
                                                              std::string_view group_file,
                                                              std::string_view user, std::string_view group);
[[nodiscard]] std::optional<std::string> user_name(std::string_view passwd, uid_t user);

// For good: this process and what it starts cannot become anybody else again.
[[nodiscard]] Result<> drop_privileges(const Account& account);

}   // namespace gatehouse::process
