#pragma once
// The keeper's view of the gateway process: forked from here, told things over a socket pair, reaped by the
// keeper's SIGCHLD.

#include "main/gateway.h"
#include "main/message_channel.h"
#include "main/preparation.h"
#include "main/unique_fd.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>

namespace gatehouse::process {

class GatewayProcess {
public:
    using Clock = std::chrono::steady_clock;

    // Forks; in the child this never returns. Null when there can be no process or socket (errno says why).
    static std::unique_ptr<GatewayProcess> start(const FaceOptions& face, const Prepared& prepared,
                                                 bool in_background);

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] int fd() const { return socket_.get(); }
    [[nodiscard]] MessageChannel& channel() { return channel_; }
    [[nodiscard]] Clock::time_point started() const { return started_; }

    [[nodiscard]] Result<> configure(std::uint64_t generation, const Prepared& prepared);
    [[nodiscard]] Result<> reopen(const LogFiles& logs);

private:
    GatewayProcess(pid_t pid, UniqueFd socket)
        : pid_(pid), socket_(std::move(socket)), channel_(socket_.get()) {}

    pid_t pid_;
    UniqueFd socket_;
    MessageChannel channel_;
    Clock::time_point started_ = Clock::now();
};

}   // namespace gatehouse::process
