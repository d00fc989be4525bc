#include "main/log_files.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace gatehouse::process {
namespace {

constexpr int log_flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

std::optional<int> standard_descriptor(std::string_view path) {
    if (path == "stderr" || path == "/dev/stderr" || path == "/proc/self/fd/2" || path == "/dev/fd/2")
        return STDERR_FILENO;
    if (path == "/dev/stdout" || path == "/proc/self/fd/1" || path == "/dev/fd/1") return STDOUT_FILENO;
    return std::nullopt;
}

std::string why(std::string_view call, const std::string& path, int os_error) {
    return fmt::format("{}() \"{}\" failed ({}: {})", call, path, os_error, std::strerror(os_error));
}

// A regular file keeps its open file and with it the position others write at; what cannot be opened anew (a
// socket, or a pipe of another user) is shared as it is.
UniqueFd open_standard(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))) {
        UniqueFd own(::open(fmt::format("/proc/self/fd/{}", fd).c_str(),
                            O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
        if (own) return own;
    }
    return UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}   // namespace

tl::expected<UniqueFd, std::string> open_log(const std::string& path) {
    if (const auto standard = standard_descriptor(path)) {
        UniqueFd fd = open_standard(*standard);
        if (!fd) return tl::unexpected(why("dup", path, errno));
        return fd;
    }
    UniqueFd fd(::open(path.c_str(), log_flags, 0644));
    if (!fd && errno == ENXIO) {   // a pipe in the file system without a reader so far
        fd = UniqueFd(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    }
    if (!fd) return tl::unexpected(why("open", path, errno));
    return fd;
}

std::string why_unwritable(const std::string& path) {
    if (standard_descriptor(path)) return {};
    if (::access(path.c_str(), F_OK) == 0)
        return ::access(path.c_str(), W_OK) == 0 ? "" : why("open", path, errno);
    return ::access(folder_of(path).c_str(), W_OK | X_OK) == 0 ? "" : why("open", path, errno);
}

tl::expected<LogFiles, std::string> open_logs(std::vector<std::string> paths) {
    LogFiles logs;
    for (const std::string& path : paths) {
        auto fd = open_log(path);
        if (!fd) return tl::unexpected(fd.error());
        logs.descriptors.push_back(*std::move(fd));
    }
    logs.paths = std::move(paths);
    return logs;
}

std::vector<std::string> log_paths(const model::Model& model) {
    std::vector<std::string> paths;
    for (const auto& log : model.process.error_logs) paths.push_back(log->path);
    for (const auto& log : model.error_logs) paths.push_back(log->path);
    for (const auto& log : model.access_logs) {
        if (log->run_time_path.empty()) paths.push_back(log->path);
    }
    std::ranges::sort(paths);
    paths.erase(std::ranges::unique(paths).begin(), paths.end());
    return paths;
}

}   // namespace gatehouse::process
