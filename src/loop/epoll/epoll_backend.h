#pragma once
// The real world: Linux epoll and socket calls. Created on any thread, used on one (wake() excepted, through
// an eventfd).

#include "loop/backend.h"

#include <sys/epoll.h>

#include <array>
#include <memory>

namespace gatehouse::loop {

class EpollBackend final : public Backend {
public:
    EpollBackend();   // terminates with a message when the kernel refuses an epoll or eventfd descriptor
    ~EpollBackend() override;

    TimePoint now() override;
    WallTime wall_time() override;
    std::span<const Readiness> wait(Duration timeout) override;
    void wake() override;
    int watch(int fd, Channel& channel, bool exclusive) override;
    void unwatch(int fd) override;
    int socket(int family, int type) override;
    int bind(int fd, const sockaddr* address, socklen_t length) override;
    int listen(int fd, const sockaddr* address, socklen_t length, int backlog) override;
    int accept(int fd, sockaddr_storage& peer, socklen_t& length) override;
    int connect(int fd, const sockaddr* address, socklen_t length) override;
    int pending_error(int fd) override;
    int local_address(int fd, sockaddr_storage& address, socklen_t& length) override;
    int set_option(int fd, SocketOption option, int value) override;
    ssize_t read(int fd, std::span<char> into) override;
    ssize_t write(int fd, std::span<const iovec> from, bool more_follows) override;
    ssize_t receive_from(int fd, std::span<char> into, sockaddr_storage& peer, socklen_t& length) override;
    ssize_t send_to(int fd, std::span<const char> from, const sockaddr* to, socklen_t length) override;
    ssize_t sendfile(int fd, int file, off_t offset, std::size_t bytes) override;
    int open_pipe(int (&ends)[2]) override;
    ssize_t splice(int from, int to, std::size_t bytes, bool more_follows) override;
    int shutdown_write(int fd) override;
    void close(int fd) override;

private:
    static constexpr std::size_t batch = 256;
    int epoll_;
    int wake_;
    std::array<epoll_event, batch> events_;
    std::array<Readiness, batch> ready_;
};

}   // namespace gatehouse::loop
