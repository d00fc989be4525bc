#include "main/address_owner.h"

#include "base/text.h"
#include "main/accounts.h"
#include "main/cpu_quota.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace gatehouse::process {
namespace {

using Address = std::array<std::uint8_t, 16>;   // network order; IPv4 as an IPv4-mapped address

constexpr Address ipv4_any = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
constexpr Address ipv6_any = {};

bool is_wildcard(const Address& address) { return address == ipv4_any || address == ipv6_any; }

Address address_bytes(const SocketAddress& address) {
    Address bytes = ipv4_any;
    if (address.family() == AF_INET) {
        std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in*>(address.get())->sin_addr, 4);
    } else {
        std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address.get())->sin6_addr, 16);
    }
    return bytes;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    if (text.empty() || text.size() > 16) return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        const int digit = hex_value(c);
        if (digit < 0) return std::nullopt;
        value = value << 4 | static_cast<std::uint64_t>(digit);
    }
    return value;
}

// The kernel prints each 32-bit word as a number in the machine's order, of bytes that are in network order.
std::optional<Address> parse_address(std::string_view text, bool is_ipv6) {
    if (text.size() != (is_ipv6 ? 32U : 8U)) return std::nullopt;
    Address bytes = ipv4_any;
    for (std::size_t word = 0; word < text.size() / 8; ++word) {
        const auto value = parse_hex(text.substr(word * 8, 8));
        if (!value) return std::nullopt;
        const auto number = static_cast<std::uint32_t>(*value);
        std::memcpy(bytes.data() + (is_ipv6 ? word * 4 : 12), &number, 4);
    }
    return bytes;
}

std::vector<std::string_view> columns(std::string_view line) {
    std::vector<std::string_view> found;
    for (std::string_view column : split(line, ' ')) {
        if (!column.empty()) found.push_back(column);
    }
    return found;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

bool has_socket(const std::string& descriptors, std::string_view link) {
    const Directory directory(::opendir(descriptors.c_str()));
    if (!directory) return false;
    while (const dirent* entry = ::readdir(directory.get())) {
        std::array<char, 64> target{};
        const ssize_t length =
            ::readlink((descriptors + "/" + entry->d_name).c_str(), target.data(), target.size());
        if (length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == link)
            return true;
    }
    return false;
}

std::string describe_process_with(std::uint64_t inode) {
    const std::string link = fmt::format("socket:[{}]", inode);
    const Directory processes(::opendir("/proc"));
    if (!processes) return {};
    while (const dirent* entry = ::readdir(processes.get())) {
        const std::string_view pid = entry->d_name;
        if (!parse_decimal(pid) || !has_socket(fmt::format("/proc/{}/fd", pid), link)) continue;
        const std::string command = read_text_file(fmt::format("/proc/{}/comm", pid)).value_or("process");
        return fmt::format("{} (pid {})", std::string_view(command).substr(0, command.find('\n')), pid);
    }
    return {};
}

std::optional<TableRow> find_row(const SocketAddress& address) {
    const auto text_of = [](const char* path) { return read_text_file(path).value_or(""); };
    if (address.family() == AF_UNIX) {
        const auto* unix_address = reinterpret_cast<const sockaddr_un*>(address.get());
        return find_unix_listener(text_of("/proc/net/unix"), unix_address->sun_path);
    }
    if (auto row = find_listener(text_of("/proc/net/tcp"), false, address)) return row;
    return find_listener(text_of("/proc/net/tcp6"), true, address);
}

}   // namespace

// proc_net(5): sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …; state 0A is LISTEN
std::optional<TableRow> find_listener(std::string_view table, bool is_ipv6, const SocketAddress& address) {
    const Address wanted = address_bytes(address);
    for (std::string_view line : split(table, '\n')) {
        const auto column = columns(line);
        if (column.size() < 10 || column[3] != "0A") continue;
        const std::size_t colon = column[1].find(':');
        if (colon == std::string_view::npos || parse_hex(column[1].substr(colon + 1)) != address.port())
            continue;
        const auto local = parse_address(column[1].substr(0, colon), is_ipv6);
        if (!local || (*local != wanted && !is_wildcard(*local) && !is_wildcard(wanted))) continue;
        const auto user = parse_decimal(column[7]);
        const auto inode = parse_decimal(column[9]);
        if (!user || !inode) continue;
        return TableRow{*inode, static_cast<uid_t>(*user)};
    }
    return std::nullopt;
}

// Num RefCount Protocol Flags Type St Inode Path; the flag is __SO_ACCEPTCON
std::optional<TableRow> find_unix_listener(std::string_view table, std::string_view path) {
    constexpr std::uint64_t accepts_connections = 1 << 16;
    for (std::string_view line : split(table, '\n')) {
        const auto column = columns(line);
        if (column.size() < 8 || !line.ends_with(path)) continue;
        const auto flags = parse_hex(column[3]);
        const auto inode = parse_decimal(column[6]);
        if (!flags || (*flags & accepts_connections) == 0 || !inode) continue;
        // the path is the rest of the line, and may hold spaces
        if (line.substr(static_cast<std::size_t>(column[7].data() - line.data())) != path) continue;
        return TableRow{*inode, std::nullopt};
    }
    return std::nullopt;
}

std::string describe_owner(const SocketAddress& address) {
    const auto row = find_row(address);
    if (!row) return {};
    std::string owner = describe_process_with(row->inode);
    if (!owner.empty() || !row->user) return owner;
    const auto name = user_name(read_text_file("/etc/passwd").value_or(""), *row->user);
    return fmt::format("a process of user {}", name.value_or(std::to_string(*row->user)));
}

}   // namespace gatehouse::process
