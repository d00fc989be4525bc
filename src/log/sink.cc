#include "log/sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

namespace gatehouse::log {
namespace {

constexpr std::size_t pieces_per_call = 64;

bool accepts_more(int fd) {
    pollfd entry{.fd = fd, .events = POLLOUT, .revents = 0};
    return ::poll(&entry, 1, 0) > 0;
}

}   // namespace

std::uint64_t count_lines(std::string_view text) {
    return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

void Sink::adopt(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
    mode_ = Mode::plain;
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0 || S_ISREG(status.st_mode)) return;
    if (S_ISSOCK(status.st_mode)) {
        mode_ = Mode::socket;
    } else if ((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) {
        mode_ = Mode::polled;
    }
}

void Sink::add(std::string lines) {
    pending_bytes_ += lines.size();
    backlog_.push_back(std::move(lines));
}

long Sink::write_some() const {
    std::array<iovec, pieces_per_call> pieces{};
    std::size_t count = 0;
    for (const std::string& lines : backlog_) {
        const std::size_t skip = count == 0 ? front_offset_ : 0;
        pieces[count++] = {const_cast<char*>(lines.data()) + skip, lines.size() - skip};
        if (count == pieces.size()) break;
    }
    ssize_t written = 0;
    do {
        switch (mode_) {
            case Mode::plain: written = ::writev(fd_, pieces.data(), static_cast<int>(count)); break;
            case Mode::socket: {
                msghdr message{};
                message.msg_iov = pieces.data();
                message.msg_iovlen = count;
                written = ::sendmsg(fd_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
                break;
            }
            case Mode::polled:
                if (!accepts_more(fd_)) return -EAGAIN;
                // Linux calls a pipe writable while a page is free (pipe(7)), so this much does not block
                written =
                    ::write(fd_, pieces[0].iov_base, std::min<std::size_t>(pieces[0].iov_len, PIPE_BUF));
                break;
        }
    } while (written < 0 && errno == EINTR);
    return written < 0 ? -errno : written;
}

void Sink::consume(std::size_t bytes) {
    pending_bytes_ -= bytes;
    while (!backlog_.empty() && bytes >= backlog_.front().size() - front_offset_) {
        bytes -= backlog_.front().size() - front_offset_;
        front_offset_ = 0;
        backlog_.pop_front();
    }
    front_offset_ += bytes;
}

Sink::Outcome Sink::lose(Outcome outcome, int os_error) {
    for (const std::string& lines : backlog_) outcome.lost_lines += count_lines(lines);
    outcome.bytes += pending_bytes_;
    outcome.os_error = os_error;
    backlog_.clear();
    front_offset_ = 0;
    pending_bytes_ = 0;
    return outcome;
}

Sink::Outcome Sink::write() {
    Outcome outcome;
    if (fd_ < 0) return lose(outcome, EBADF);
    while (!backlog_.empty()) {
        const long written = write_some();
        if (written == -EAGAIN) {
            outcome.blocked = true;
            return outcome;
        }
        if (written < 0) return lose(outcome, static_cast<int>(-written));
        consume(static_cast<std::size_t>(written));
        outcome.bytes += static_cast<std::size_t>(written);
    }
    return outcome;
}

}   // namespace gatehouse::log
