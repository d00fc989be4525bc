#pragma once
// The smallest operations over a Channel, enough to test the loop without the layers above it. Results are
// those of the system calls: a value ≥ 0, or -errno; a wait that was ended gives -(1000 + ErrorCode).

#include "base/socket_address.h"
#include "loop/channel.h"
#include "loop/loop.h"

#include <cerrno>
#include <string>
#include <string_view>

namespace gatehouse::loop {

inline ssize_t ended_by(ErrorCode code) { return -(1000 + static_cast<ssize_t>(code)); }

// Waits until `call` does not say EAGAIN.
template <class Call>
class Attempt final : public Operation {
public:
    Attempt(Channel& channel, Direction direction, Duration timeout, Call call)
        : Operation(channel, direction, timeout), call_(std::move(call)) {}
    [[nodiscard]] ssize_t await_resume() const { return failure() ? ended_by(*failure()) : result_; }

private:
    bool attempt() override {
        result_ = call_(channel().loop().backend(), channel().fd());
        if (result_ == -EAGAIN) not_ready();
        return result_ != -EAGAIN;
    }
    Call call_;
    ssize_t result_ = 0;
};

inline auto read_some(Channel& channel, std::span<char> into, Duration timeout = forever) {
    return Attempt(channel, Direction::read, timeout,
                   [into](Backend& backend, int fd) { return backend.read(fd, into); });
}

inline auto write_some(Channel& channel, std::string_view text, Duration timeout = forever) {
    return Attempt(channel, Direction::write, timeout, [text](Backend& backend, int fd) {
        const iovec piece{const_cast<char*>(text.data()), text.size()};
        return backend.write(fd, std::span(&piece, 1), false);
    });
}

inline auto accept_one(Channel& listener, Duration timeout = forever) {
    return Attempt(listener, Direction::read, timeout, [](Backend& backend, int fd) -> ssize_t {
        sockaddr_storage peer;
        socklen_t length = 0;
        return backend.accept(fd, peer, length);
    });
}

inline auto connected(Channel& channel, Duration timeout = forever) {
    return Attempt(channel, Direction::write, timeout,
                   [](Backend& backend, int fd) -> ssize_t { return backend.pending_error(fd); });
}

// 0, or what went wrong. The channel is watched afterwards.
inline Task<ssize_t> connect_to(Channel& channel, SocketAddress address, Duration timeout = forever) {
    const int fd = channel.loop().backend().socket(address.family(), SOCK_STREAM);
    if (fd < 0) co_return fd;
    channel.adopt(fd);
    const int status = channel.loop().backend().connect(fd, address.get(), address.length);
    if (status < 0 && status != -EINPROGRESS) co_return status;
    if (!channel.watch()) co_return -EBADF;
    channel.writable = channel.readable = false;
    co_return co_await connected(channel, timeout);
}

// The whole text, or the error that ended it.
inline Task<ssize_t> write_all(Channel& channel, std::string_view text, Duration timeout = forever) {
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t n = co_await write_some(channel, text.substr(written), timeout);
        if (n < 0) co_return n;
        written += static_cast<std::size_t>(n);
    }
    co_return static_cast<ssize_t>(written);
}

// To the end of the stream; an error appends "!" and its number.
inline Task<std::string> read_all(Channel& channel) {
    std::string text;
    char piece[1000];
    while (true) {
        const ssize_t n = co_await read_some(channel, piece);
        if (n < 0) text += "!" + std::to_string(-n);
        if (n <= 0) co_return text;
        text.append(piece, static_cast<std::size_t>(n));
    }
}

inline SocketAddress loopback(std::uint16_t port = 0) {
    SocketAddress address;
    [[maybe_unused]] const bool parsed = SocketAddress::parse("127.0.0.1", port, address);
    return address;
}

// Listens on a free port of the loopback; watched.
struct TestListener {
    TestListener(Loop& loop, int backlog = 128) : channel(loop, -1) {
        auto& backend = loop.backend();
        channel.adopt(backend.socket(AF_INET, SOCK_STREAM));
        const auto any = loopback();
        if (backend.listen(channel.fd(), any.get(), any.length, backlog) < 0) channel.close();
        backend.local_address(channel.fd(), address.storage, address.length);
        [[maybe_unused]] const auto watched = channel.watch(true);
    }
    Channel channel;
    SocketAddress address;
};

}   // namespace gatehouse::loop
