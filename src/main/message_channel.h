#pragma once
// One end of the socket pair between keeper and gateway: messages with descriptors, over a non-blocking
// stream socket. Sending queues what the socket does not take now; receiving gives whole messages. The
// descriptor of the socket belongs to the caller, who also waits for it (poll in the keeper, a Channel in the
// gateway).

#include "base/result.h"
#include "main/keeper_protocol.h"
#include "main/unique_fd.h"

#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::process {

struct Received {
    Message message;
    std::vector<UniqueFd> descriptors;
};

class MessageChannel {
public:
    explicit MessageChannel(int fd) : fd_(fd) {}

    // The descriptors stay the caller's, who may close them once everything was sent; the queue keeps
    // duplicates.
    [[nodiscard]] Result<> send(const Message& message, const std::vector<int>& descriptors = {});
    [[nodiscard]] Result<> flush();   // as much as the socket takes
    [[nodiscard]] bool has_unsent() const { return !queue_.empty(); }
    [[nodiscard]] std::size_t unsent_bytes() const { return unsent_bytes_; }

    // nullopt: nothing whole is there yet. Errors: closed (the other end is gone), malformed, or the
    // system's.
    [[nodiscard]] Result<std::optional<Received>> receive();

private:
    // Descriptors go with the first byte of a piece; the kernel takes 253 at once (SCM_MAX_FD).
    struct Piece {
        std::string bytes;
        std::vector<UniqueFd> descriptors;
    };
    [[nodiscard]] Result<std::size_t> send_front() const;
    [[nodiscard]] Result<bool> read_more();   // false: nothing there

    int fd_;
    std::deque<Piece> queue_;
    std::size_t sent_bytes_ = 0;   // of the first piece
    std::size_t unsent_bytes_ = 0;
    std::string incoming_;
    std::vector<UniqueFd> arrived_;
};

}   // namespace gatehouse::process
