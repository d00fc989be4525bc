#include "main/keeper_log.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gatehouse::process {
namespace {

constexpr std::size_t longest_backlog = 64 * 1024;   // of a log that takes nothing

// A terminal shows both: what it was told once need not be said again.
bool is_same_file(int a, int b) {
    struct stat one {
    }, other{};
    return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

bool means_stderr(std::string_view path) { return path == "stderr" || path == "/dev/stderr"; }

}   // namespace

void KeeperLog::open_early(const std::string& path) {
    if (means_stderr(path)) return;
    auto fd = open_log(path);
    if (!fd) {
        write(log::LogLevel::warn, fmt::format("could not open error log file: {}", fd.error()));
        return;
    }
    Destination& early = destinations_.emplace_back();
    early.level = log::LogLevel::notice;
    early.sink->adopt(fd->release());
}

void KeeperLog::use(const std::vector<std::shared_ptr<const model::ErrorLog>>& logs, const LogFiles& files) {
    destinations_.clear();
    for (const auto& log : logs) {
        const auto path = std::ranges::find(files.paths, log->path);
        if (path == files.paths.end()) continue;
        const UniqueFd& fd = files.descriptors[static_cast<std::size_t>(path - files.paths.begin())];
        Destination& destination = destinations_.emplace_back();
        destination.level = log->level;
        destination.is_stderr = means_stderr(log->path) || is_same_file(fd.get(), STDERR_FILENO);
        destination.sink->adopt(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    }
}

void KeeperLog::write(log::LogLevel level, std::string_view text) { deliver(level, text, true); }

void KeeperLog::record(log::LogLevel level, std::string_view text) { deliver(level, text, false); }

void KeeperLog::deliver(log::LogLevel level, std::string_view text, bool also_stderr) {
    const bool tells_stderr = talks_ && level >= log::LogLevel::warn;
    if (tells_stderr && also_stderr) {
        const std::string line = fmt::format("gatehouse: [{}] {}\n", log::name_of(level), text);
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
    }
    for (Destination& destination : destinations_) {
        if (level < destination.level || (destination.is_stderr && tells_stderr)) continue;
        if (destination.sink->pending_bytes() > longest_backlog) continue;
        destination.sink->add(log::format_error_line(level, 0, text));
        [[maybe_unused]] const auto outcome = destination.sink->write();
    }
}

}   // namespace gatehouse::process
