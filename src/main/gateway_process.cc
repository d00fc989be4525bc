#include "main/gateway_process.h"

#include "main/signal_source.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>

namespace gatehouse::process {
namespace {

// Everything of the keeper's but the standard descriptors: listeners and logs come again, as messages.
void close_all_but(int kept) {
    const auto split = static_cast<unsigned>(kept);
    const bool below = kept == STDERR_FILENO + 1 || ::close_range(STDERR_FILENO + 1, split - 1, 0) == 0;
    if (below && ::close_range(split + 1, UINT_MAX, 0) == 0) return;
    DIR* open_files = ::opendir("/proc/self/fd");   // Linux before 5.9, or a seccomp filter of that time
    if (open_files == nullptr) return;
    while (const dirent* entry = ::readdir(open_files)) {
        const int fd = std::atoi(entry->d_name);
        if (fd > STDERR_FILENO && fd != kept && fd != ::dirfd(open_files)) ::close(fd);
    }
    ::closedir(open_files);
}

}   // namespace

std::unique_ptr<GatewayProcess> GatewayProcess::start(const FaceOptions& face, const Prepared& prepared,
                                                      bool in_background) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return nullptr;
    UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) return nullptr;
    if (pid == 0) {
        close_all_but(theirs.get());
        release_signals();
        // _Exit: what the keeper would do at its end (remove the pid file, sockets in the file system) is not
        // for the child
        std::_Exit(run_gateway({.keeper = std::move(theirs),
                                .face = face,
                                .account = prepared.account,
                                .core_limit = prepared.settings.rlimit_core,
                                .priority = prepared.settings.priority,
                                .working_directory = prepared.settings.working_directory,
                                .in_background = in_background}));
    }
    return std::unique_ptr<GatewayProcess>(new GatewayProcess(pid, std::move(ours)));
}

Result<> GatewayProcess::configure(std::uint64_t generation, const Prepared& prepared) {
    Configure message{
        .generation = generation, .files = prepared.files, .listeners = {}, .log_paths = prepared.logs.paths};
    std::vector<int> descriptors;
    for (const auto& socket : prepared.sockets) {
        message.listeners.push_back({socket->id, socket->text});
        descriptors.push_back(socket->fd());
    }
    for (const UniqueFd& fd : prepared.logs.descriptors) descriptors.push_back(fd.get());
    return channel_.send(message, descriptors);
}

Result<> GatewayProcess::reopen(const LogFiles& logs) {
    std::vector<int> descriptors;
    for (const UniqueFd& fd : logs.descriptors) descriptors.push_back(fd.get());
    return channel_.send(Reopen{logs.paths}, descriptors);
}

}   // namespace gatehouse::process
