#include "health.h"

#include "base/text.h"
#include "files.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace gatehouse::image {
namespace {

constexpr int patience_ms = 3000;
constexpr int step_ms = 20;

std::optional<std::uint64_t> parse_hex(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> columns(std::string_view line) {
    std::vector<std::string_view> found;
    for (std::string_view column : split(line, ' ')) {
        if (!column.empty()) found.push_back(column);
    }
    return found;
}

// The kernel prints each 32-bit word as a number in the machine's order, of bytes that are in network order.
std::optional<std::vector<std::uint8_t>> parse_address(std::string_view text, bool is_ipv6) {
    std::vector<std::uint8_t> bytes(is_ipv6 ? 16 : 4);
    if (text.size() != bytes.size() * 2) return std::nullopt;
    for (std::size_t word = 0; word < text.size() / 8; ++word) {
        const auto value = parse_hex(text.substr(word * 8, 8));
        if (!value) return std::nullopt;
        const auto number = static_cast<std::uint32_t>(*value);
        std::memcpy(bytes.data() + word * 4, &number, 4);
    }
    return bytes;
}

std::vector<Listening> all_listening() {
    auto rows = parse_listening(read_file("/proc/net/tcp").value_or(""), false);
    for (Listening& row : parse_listening(read_file("/proc/net/tcp6").value_or(""), true))
        rows.push_back(std::move(row));
    return rows;
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
        if (const auto pid = parse_decimal(entry.path().filename().string()))
            pids.push_back(static_cast<pid_t>(*pid));
    }
    return pids;
}

// Which of these run `program`, whatever it is called: the file may have several names. Of a process of
// another user one may not see that without privileges, so what is found is the keeper.
std::vector<pid_t> running(const std::vector<pid_t>& processes, const std::string& program) {
    std::vector<pid_t> found;
    struct stat wanted {};
    if (::stat(program.c_str(), &wanted) != 0) return found;
    for (const pid_t pid : processes) {
        struct stat other {};
        if (::stat(fmt::format("/proc/{}/exe", pid).c_str(), &other) != 0) continue;
        if (other.st_dev == wanted.st_dev && other.st_ino == wanted.st_ino) found.push_back(pid);
    }
    return found;
}

// proc_pid_stat(5): pid (name) state parent …; the name may hold anything, also ")".
bool is_living_child(pid_t pid, const std::vector<pid_t>& parents) {
    const std::string stat = read_file(fmt::format("/proc/{}/stat", pid)).value_or("");
    const std::size_t end = stat.rfind(')');
    if (end == std::string::npos) return false;
    const auto column = columns(std::string_view(stat).substr(end + 1));
    if (column.size() < 2 || column[0] == "Z") return false;
    const auto parent = parse_decimal(column[1]);
    return parent && std::ranges::count(parents, static_cast<pid_t>(*parent)) > 0;
}

std::vector<std::uint64_t> sockets_of(pid_t pid) {
    constexpr std::string_view mark = "socket:[";
    std::vector<std::uint64_t> inodes;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid), ignored)) {
        const std::string link = std::filesystem::read_symlink(entry.path(), ignored).string();
        if (!link.starts_with(mark)) continue;
        const std::string_view number = std::string_view(link).substr(mark.size());
        if (const auto inode = parse_decimal(number.substr(0, number.find(']')))) inodes.push_back(*inode);
    }
    return inodes;
}

// One is enough: a worker serves all listeners by turns. The lowest port, so that it is always the same.
std::optional<Listening> choose(const std::vector<pid_t>& processes) {
    std::vector<std::uint64_t> inodes;
    for (const pid_t pid : processes) {
        for (const std::uint64_t inode : sockets_of(pid)) inodes.push_back(inode);
    }
    std::optional<Listening> chosen;
    for (Listening& row : all_listening()) {
        if (std::ranges::count(inodes, row.inode) == 0) continue;
        if (!chosen || row.port < chosen->port) chosen = std::move(row);
    }
    return chosen;
}

// A socket that listens on every address is asked on the loopback one.
bool connects(int fd, const Listening& to) {
    const bool is_any = std::ranges::all_of(to.address, [](std::uint8_t byte) { return byte == 0; });
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(to.port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    v6.sin6_addr = in6addr_loopback;
    if (!is_any && to.is_ipv6) std::memcpy(&v6.sin6_addr, to.address.data(), 16);
    if (!is_any && !to.is_ipv6) std::memcpy(&v4.sin_addr, to.address.data(), 4);
    const void* address = to.is_ipv6 ? static_cast<const void*>(&v6) : &v4;
    if (::connect(fd, static_cast<const sockaddr*>(address), to.is_ipv6 ? sizeof v6 : sizeof v4) == 0)
        return true;
    if (errno != EINPROGRESS) return false;
    pollfd wait{fd, POLLOUT, 0};
    int error = 0;
    socklen_t size = sizeof error;
    return ::poll(&wait, 1, patience_ms) == 1 && ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
           error == 0;
}

// Ours is the last of those that wait: it was taken once the queue is empty, or becomes shorter.
bool is_taken(std::uint64_t inode) {
    std::optional<std::uint64_t> before;
    for (int waited = 0; waited < patience_ms; waited += step_ms) {
        for (const Listening& row : all_listening()) {
            if (row.inode != inode) continue;
            if (row.waiting == 0 || (before && row.waiting < *before)) return true;
            before = row.waiting;
        }
        ::poll(nullptr, 0, step_ms);
    }
    return false;
}

}   // namespace

// proc_net(5): sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode …; state 0A is LISTEN,
// and there rx is how many connections wait.
std::vector<Listening> parse_listening(std::string_view table, bool is_ipv6) {
    std::vector<Listening> rows;
    for (std::string_view line : split(table, '\n')) {
        const auto column = columns(line);
        if (column.size() < 10 || column[3] != "0A") continue;
        const std::size_t colon = column[1].find(':');
        const std::size_t queues = column[4].find(':');
        if (colon == std::string_view::npos || queues == std::string_view::npos) continue;
        auto address = parse_address(column[1].substr(0, colon), is_ipv6);
        const auto port = parse_hex(column[1].substr(colon + 1));
        const auto waiting = parse_hex(column[4].substr(queues + 1));
        const auto inode = parse_decimal(column[9]);
        if (!address || !port || !waiting || !inode) continue;
        rows.push_back({.inode = *inode,
                        .waiting = *waiting,
                        .port = static_cast<std::uint16_t>(*port),
                        .is_ipv6 = is_ipv6,
                        .address = *std::move(address)});
    }
    return rows;
}

std::string find_fault(const std::string& program) {
    const auto processes = all_processes();
    const auto keepers = running(processes, program);
    if (keepers.empty()) return "no gateway runs here";
    const auto lives = [&](pid_t pid) { return is_living_child(pid, keepers); };
    if (std::ranges::none_of(processes, lives)) return "the gateway process is gone";
    const auto listening = choose(keepers);
    if (!listening) return {};   // on unix sockets only; or we may not look
    const int fd =
        ::socket(listening->is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !connects(fd, *listening))
        return fmt::format("connecting to port {} failed", listening->port);
    const bool is_served = is_taken(listening->inode);
    ::close(fd);
    return is_served ? "" : fmt::format("nobody takes the connections to port {}", listening->port);
}

}   // namespace gatehouse::image
