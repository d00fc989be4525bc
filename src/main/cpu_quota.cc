#include "main/cpu_quota.h"

#include "base/text.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>
#include <vector>

namespace gatehouse::process {
namespace {

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::optional<double> quotient(std::string_view quota, std::string_view period) {
    const auto allowed = parse_decimal(trim(quota));   // "max" and "-1" are no numbers: no limit
    const auto length = parse_decimal(trim(period));
    if (!allowed || !length || *length == 0) return std::nullopt;
    return static_cast<double>(*allowed) / static_cast<double>(*length);
}

// Inside a container the group's own folder is what is mounted, so its path may lead nowhere: the mount
// itself counts too.
template <class Quota>
std::optional<double> tightest(std::string path, Quota&& quota_at) {
    std::optional<double> least;
    for (;;) {
        const auto quota = quota_at(path == "/" ? std::string() : path);
        if (quota && (!least || *quota < *least)) least = quota;
        if (path.empty() || path == "/") return least;
        path.resize(path.rfind('/'));
    }
}

struct Group {
    std::string controllers;
    std::string path;
};

// Lines of "ID:CONTROLLERS:PATH" (cgroups(7)); v2's line has no controllers.
std::vector<Group> parse_groups(std::string_view text) {
    std::vector<Group> groups;
    for (std::string_view line : split(text, '\n')) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string_view::npos || second == std::string_view::npos) continue;
        std::string path(line.substr(second + 1));
        if (!path.starts_with('/') || path.find("..") != std::string::npos) path = "/";
        groups.push_back({std::string(line.substr(first + 1, second - first - 1)), std::move(path)});
    }
    return groups;
}

}   // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
    const std::string_view line = first_line(text);
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    return quotient(line.substr(0, space), line.substr(space + 1));
}

std::optional<double> find_cpu_quota(const ReadText& read) {
    const auto groups = read("/proc/self/cgroup");
    if (!groups) return std::nullopt;
    std::optional<double> least;
    for (const Group& group : parse_groups(*groups)) {
        std::optional<double> quota;
        if (group.controllers.empty()) {
            quota = tightest(group.path, [&](const std::string& path) -> std::optional<double> {
                const auto text = read("/sys/fs/cgroup" + path + "/cpu.max");
                return text ? parse_cpu_max(*text) : std::nullopt;
            });
        } else if (std::ranges::count(split(group.controllers, ','), std::string_view("cpu")) > 0) {
            quota = tightest(group.path, [&](const std::string& path) -> std::optional<double> {
                const auto allowed = read("/sys/fs/cgroup/cpu" + path + "/cpu.cfs_quota_us");
                const auto period = read("/sys/fs/cgroup/cpu" + path + "/cpu.cfs_period_us");
                return allowed && period ? quotient(first_line(*allowed), first_line(*period)) : std::nullopt;
            });
        }
        if (quota && (!least || *quota < *least)) least = quota;
    }
    return least;
}

unsigned count_workers(int setting, unsigned processors, std::optional<double> quota) {
    if (setting > 0) return static_cast<unsigned>(setting);
    unsigned count = std::max(processors, 1U);
    if (quota) count = static_cast<unsigned>(std::clamp(std::ceil(*quota), 1.0, static_cast<double>(count)));
    return count;
}

unsigned processors_allowed() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
        return static_cast<unsigned>(CPU_COUNT(&allowed));
    return std::thread::hardware_concurrency();   // more than 1024 processors
}

std::optional<std::string> read_text_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return std::nullopt;
    std::string text;
    std::array<char, 16 * 1024> piece{};
    ssize_t count = 0;
    while ((count = ::read(fd, piece.data(), piece.size())) > 0)
        text.append(piece.data(), static_cast<std::size_t>(count));
    ::close(fd);
    if (count < 0) return std::nullopt;
    return text;
}

}   // namespace gatehouse::process
