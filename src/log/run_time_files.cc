#include "log/run_time_files.h"

#include "log/error_log.h"
#include "log/sink.h"

#include <fmt/format.h>

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gatehouse::log {
namespace {

constexpr int open_flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
constexpr auto between_reports = std::chrono::seconds(60);

struct Failing {
    std::string_view call;
    int os_error = 0;
    std::uint64_t lost_lines = 0;   // 0: nothing failed
};

Failing append(const std::string& path, const std::string& lines) {
    const int fd = ::open(path.c_str(), open_flags, 0644);
    if (fd < 0) return {"open", errno, count_lines(lines)};
    Sink sink;
    sink.adopt(fd);
    sink.add(lines);
    const auto outcome = sink.write();
    if (outcome.lost_lines > 0) return {"write", outcome.os_error, outcome.lost_lines};
    if (!outcome.blocked) return {};   // else a pipe that is full: there is no later for a file not kept open
    return {"write", EAGAIN, count_lines(std::string_view(lines).substr(outcome.bytes))};
}

}   // namespace

std::uint64_t RunTimeFiles::add(std::string_view path, std::string_view lines) {
    auto known = waiting_.lines.find(path);
    const bool is_new = known == waiting_.lines.end();
    const std::size_t bytes = lines.size() + (is_new ? path.size() : 0);
    if (waiting_bytes_ + bytes > waiting_bytes) {
        const auto refused = count_lines(lines);
        waiting_.refused += refused;
        return refused;
    }
    if (is_new) known = waiting_.lines.emplace(path, std::string()).first;
    known->second += lines;
    waiting_bytes_ += bytes;
    return 0;
}

RunTimeFiles::Batch RunTimeFiles::take() {
    waiting_bytes_ = 0;
    return std::exchange(waiting_, {});
}

void RunTimeFiles::report(std::string_view failure, std::uint64_t lines, Clock::time_point now) {
    if (now < next_report_) return;
    next_report_ = now + between_reports;
    write_error(LogLevel::crit, fmt::format("{}: {} lines lost", failure, lines));
}

std::uint64_t RunTimeFiles::write(const Batch& batch, Clock::time_point now) {
    std::uint64_t lost = 0;
    for (const auto& [path, lines] : batch.lines) {
        const Failing failing = append(path, lines);
        if (failing.lost_lines == 0) continue;
        lost += failing.lost_lines;
        report(fmt::format("{}() \"{}\" failed ({}: {})", failing.call, path, failing.os_error,
                           std::strerror(failing.os_error)),
               failing.lost_lines, now);
    }
    if (batch.refused > 0) report("too many lines wait for files that requests name", batch.refused, now);
    return lost;
}

}   // namespace gatehouse::log
