#include "main/accounts.h"

#include "base/text.h"

#include <fmt/format.h>

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace gatehouse::process {
namespace {

using Fields = std::vector<std::string_view>;

// The lines of a colon-separated file for which `wanted` holds, until it asks to stop by returning true.
template <class Visit>
bool visit_lines(std::string_view text, std::size_t least_fields, Visit&& visit) {
    for (std::string_view line : split(text, '\n')) {
        if (line.empty() || line[0] == '#') continue;
        const Fields fields = split(line, ':');
        if (fields.size() >= least_fields && visit(fields)) return true;
    }
    return false;
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
    const auto number = parse_decimal(text);
    // the largest is -1, which setuid(2) takes for "leave it"
    if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

// passwd(5): name:password:uid:gid:… By name, or by number for those whose name is given as one.
std::optional<Account> find_user(std::string_view passwd, std::string_view user) {
    std::optional<Account> found;
    visit_lines(passwd, 4, [&](const Fields& fields) {
        const auto uid = parse_id(fields[2]);
        const auto gid = parse_id(fields[3]);
        if (!uid || !gid || (fields[0] != user && parse_id(user) != uid)) return false;
        found = Account{std::string(fields[0]), *uid, *gid, {}};
        return true;
    });
    if (!found) {
        if (const auto uid = parse_id(user)) found = Account{std::string(user), *uid, *uid, {}};
    }
    return found;
}

std::optional<gid_t> find_group(std::string_view group_file, std::string_view group) {
    std::optional<gid_t> found = parse_id(group);
    visit_lines(group_file, 3, [&](const Fields& fields) {
        if (fields[0] != group) return false;
        found = parse_id(fields[2]);
        return true;
    });
    return found;
}

}   // namespace

tl::expected<Account, std::string> find_account(std::string_view passwd, std::string_view group_file,
                                                std::string_view user, std::string_view group) {
    auto account = find_user(passwd, user);
    if (!account) return tl::unexpected(fmt::format("user \"{}\" is not in /etc/passwd", user));
    if (!group.empty()) {
        auto gid = find_group(group_file, group);
        // `user NAME;` means the group of the same name; where there is none, the user's own (nobody:
        // nogroup)
        if (!gid && group == user) gid = account->group;
        if (!gid) return tl::unexpected(fmt::format("group \"{}\" is not in /etc/group", group));
        account->group = *gid;
    }
    account->groups.push_back(account->group);
    visit_lines(group_file, 4, [&](const Fields& fields) {
        const auto gid = parse_id(fields[2]);
        const auto members = split(fields[3], ',');
        if (gid && *gid != account->group &&
            std::ranges::count(members, std::string_view(account->name)) > 0) {
            account->groups.push_back(*gid);
        }
        return false;
    });
    return *account;
}

std::optional<std::string> user_name(std::string_view passwd, uid_t user) {
    std::optional<std::string> name;
    visit_lines(passwd, 3, [&](const Fields& fields) {
        if (parse_id(fields[2]) != user) return false;
        name = std::string(fields[0]);
        return true;
    });
    return name;
}

Result<> drop_privileges(const Account& account) {
    if (::setgroups(account.groups.size(), account.groups.data()) != 0)
        return fail_errno(errno, "setgroups()");
    if (::setgid(account.group) != 0) return fail_errno(errno, "setgid()");
    if (::setuid(account.user) != 0) return fail_errno(errno, "setuid()");
    if (account.user != 0 && ::setuid(0) == 0) return fail(ErrorCode::no_permission, "privileges came back");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno(errno, "prctl(PR_SET_NO_NEW_PRIVS)");
    return {};
}

}   // namespace gatehouse::process
