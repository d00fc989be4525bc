#pragma once
// How many workers `worker_processes auto` means: the processors this process may run on, and no more than
// its control group's CPU quota pays for, rounded up. A container with half a processor gets one worker, not
// the host's sixty-four.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::process {

// The text of a file, or nothing.
using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

// "max 100000" or "150000 100000" of cgroup v2's cpu.max, in processors; nullopt: no limit.
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);
// The tightest quota of the group named in /proc/self/cgroup and the groups above it, v2 and v1.
[[nodiscard]] std::optional<double> find_cpu_quota(const ReadText& read);
// setting: worker_processes, 0 for auto.
[[nodiscard]] unsigned count_workers(int setting, unsigned processors, std::optional<double> quota);

[[nodiscard]] unsigned processors_allowed();   // by the affinity mask
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& path);

}   // namespace gatehouse::process
