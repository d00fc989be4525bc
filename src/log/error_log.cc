#include "log/error_log.h"

#include "log/log_writer.h"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <mutex>
#include <shared_mutex>

namespace gatehouse::log {
namespace {

constexpr std::size_t longest_text = 4096;
constexpr LogLevel level_without_logs = LogLevel::warn;

struct ProcessLogs {
    std::shared_mutex mutex;
    LogWriter* writer = nullptr;
    ErrorLogs logs;
    std::atomic<LogLevel> lowest{level_without_logs};
};

// Never destroyed: threads that outlive main() may still have something to say.
ProcessLogs& process() {
    static auto& logs = *new ProcessLogs;
    return logs;
}

LogLevel lowest_of(const ErrorLogs& logs) {
    LogLevel lowest = LogLevel::emerg;
    for (const auto& log : logs) lowest = std::min(lowest, log->level);
    return logs.empty() ? level_without_logs : lowest;
}

// A terminal that is stopped must not stop us.
void write_to_stderr(std::string_view line) {
    pollfd entry{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
    if (::poll(&entry, 1, 0) > 0) [[maybe_unused]]
        const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void deliver(const ErrorLogs& logs, LogWriter* writer, LogLevel level, const std::string& line) {
    if (logs.empty() || writer == nullptr) {
        write_to_stderr(line);
        return;
    }
    for (const auto& log : logs) {
        if (log->level > level) continue;
        if (const SinkId sink = writer->find(log->path); sink != 0) {
            writer->write(sink, line);
        } else {
            write_to_stderr(line);
        }
    }
}

std::string timestamp() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    return fmt::format("{:04}/{:02}/{:02} {:02}:{:02}:{:02}", local.tm_year + 1900, local.tm_mon + 1,
                       local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

}   // namespace

std::string_view name_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug: return "debug";
        case LogLevel::info: return "info";
        case LogLevel::notice: return "notice";
        case LogLevel::warn: return "warn";
        case LogLevel::error: return "error";
        case LogLevel::crit: return "crit";
        case LogLevel::alert: return "alert";
        case LogLevel::emerg: return "emerg";
    }
    return "error";
}

void set_error_log_writer(LogWriter* writer) {
    const std::unique_lock lock(process().mutex);
    process().writer = writer;
}

void set_process_error_logs(ErrorLogs logs) {
    const std::unique_lock lock(process().mutex);
    process().lowest = lowest_of(logs);
    process().logs = std::move(logs);
}

bool is_logged(LogLevel level, const ErrorLogs& logs) {
    if (logs.empty()) return level >= process().lowest.load(std::memory_order_relaxed);
    return std::ranges::any_of(logs, [level](const auto& log) { return level >= log->level; });
}

std::string format_error_line(LogLevel level, std::uint64_t connection, std::string_view text) {
    std::string line = fmt::format("{} [{}] {}#{}: ", timestamp(), name_of(level), ::getpid(), ::gettid());
    if (connection != 0) line += fmt::format("*{} ", connection);
    for (char c : text.substr(0, longest_text)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            line += fmt::format("\\x{:02X}", byte);
        } else {
            line += c;
        }
    }
    line += '\n';
    return line;
}

void write_error(LogLevel level, const ErrorLogs& logs, std::uint64_t connection, std::string_view text) {
    if (!is_logged(level, logs)) return;
    const std::string line = format_error_line(level, connection, text);
    const std::shared_lock lock(process().mutex);
    deliver(logs.empty() ? process().logs : logs, process().writer, level, line);
}

void write_error(LogLevel level, std::string_view text) { write_error(level, {}, 0, text); }

}   // namespace gatehouse::log
