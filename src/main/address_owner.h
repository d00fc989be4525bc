#pragma once
// Who holds an address that could not be bound: from the kernel's socket tables to a socket's inode, and from
// there through the descriptors of all processes to one. What this process may not look into stays unknown.
// The table parsers are pure.

#include "base/socket_address.h"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::process {

struct TableRow {
    std::uint64_t inode = 0;
    std::optional<uid_t> user;   // of a TCP socket
    friend bool operator==(const TableRow&, const TableRow&) = default;
};

// The listening socket in the text of /proc/net/tcp or tcp6 that keeps `address` from being bound: its own,
// or a wildcard.
[[nodiscard]] std::optional<TableRow> find_listener(std::string_view table, bool is_ipv6,
                                                    const SocketAddress& address);
// In the text of /proc/net/unix.
[[nodiscard]] std::optional<TableRow> find_unix_listener(std::string_view table, std::string_view path);

// "nginx (pid 1234)", "a process of user www-data"; empty: not found.
[[nodiscard]] std::string describe_owner(const SocketAddress& address);

}   // namespace gatehouse::process
