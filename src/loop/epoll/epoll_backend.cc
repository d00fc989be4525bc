#include "loop/epoll/epoll_backend.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace gatehouse::loop {
namespace {

template <class T>
T or_errno(T result) {
    return result < 0 ? static_cast<T>(-errno) : result;
}

int require(int fd, const char* what) {
    if (fd >= 0) return fd;
    std::perror(what);
    std::abort();
}

// The calls of every message go to the kernel directly: libc's are cancellation points, which in a process
// with threads costs each of them two atomic operations, and no thread here is ever cancelled.
ssize_t receive(int fd, std::span<char> into) {
    return ::syscall(SYS_recvfrom, fd, into.data(), into.size(), 0, nullptr, nullptr);
}
ssize_t send_text(int fd, const void* from, std::size_t bytes, int flags) {
    return ::syscall(SYS_sendto, fd, from, bytes, flags, nullptr, 0);
}

// A head with a short body: copying it together is cheaper than what sendmsg costs above send.
constexpr std::size_t gathered_bytes = 2048;
std::size_t gather(std::span<const iovec> pieces, std::array<char, gathered_bytes>& into) {
    std::size_t total = 0;
    for (const iovec& piece : pieces) {
        if (total + piece.iov_len > into.size()) return 0;
        std::memcpy(into.data() + total, piece.iov_base, piece.iov_len);
        total += piece.iov_len;
    }
    return total;
}

// Rounded up, so that a wait for 0.4 ms does not spin through zero-millisecond waits.
int to_epoll_timeout(Duration timeout) {
    if (timeout == forever) return -1;
    const auto ms = (timeout.count() + 999'999) / 1'000'000;
    return static_cast<int>(std::clamp<Duration::rep>(ms, 0, INT_MAX));
}

}   // namespace

EpollBackend::EpollBackend()
    : epoll_(require(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(require(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
    require(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event), "epoll_ctl");
}

EpollBackend::~EpollBackend() {
    ::close(wake_);
    ::close(epoll_);
}

TimePoint EpollBackend::now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return TimePoint(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

WallTime EpollBackend::wall_time() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_nsec / 1000));
}

std::span<const Readiness> EpollBackend::wait(Duration timeout) {
    const auto count = ::syscall(SYS_epoll_pwait, epoll_, events_.data(), static_cast<int>(batch),
                                 to_epoll_timeout(timeout), nullptr, 0);
    std::size_t used = 0;
    for (long i = 0; i < count; ++i) {   // count is -1 on EINTR: no events
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) continue;   // wake(): edge-triggered, need not be read
        ready_[used++] = Readiness{.channel = static_cast<Channel*>(event.data.ptr),
                                   .readable = (event.events & EPOLLIN) != 0,
                                   .writable = (event.events & EPOLLOUT) != 0,
                                   .peer_closed = (event.events & EPOLLRDHUP) != 0,
                                   .hangup = (event.events & (EPOLLHUP | EPOLLERR)) != 0};
    }
    return {ready_.data(), used};
}

void EpollBackend::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

int EpollBackend::watch(int fd, Channel& channel, bool exclusive) {
    // Edge-triggered for listeners too: a loop that leaves its queue alone for a while must not spin
    // meanwhile.
    epoll_event event{
        .events = EPOLLET | (exclusive ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN | EPOLLOUT | EPOLLRDHUP),
        .data = {.ptr = &channel}};
    return or_errno(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event));
}

void EpollBackend::unwatch(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

int EpollBackend::socket(int family, int type) {
    return or_errno(::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

int EpollBackend::bind(int fd, const sockaddr* address, socklen_t length) {
    const int on = 1;   // without a port: connect() chooses one, so that many may share it
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return or_errno(::bind(fd, address, length));
}

int EpollBackend::listen(int fd, const sockaddr* address, socklen_t length, int backlog) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // [::]:80 beside 0.0.0.0:80 must not collide (nginx: ipv6only=on is the default)
    if (address->sa_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd, address, length) < 0) return -errno;
    return or_errno(::listen(fd, backlog));
}

int EpollBackend::accept(int fd, sockaddr_storage& peer, socklen_t& length) {
    length = sizeof peer;
    return or_errno(::accept4(fd, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int EpollBackend::connect(int fd, const sockaddr* address, socklen_t length) {
    return or_errno(::connect(fd, address, length));
}

int EpollBackend::pending_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    return -error;
}

int EpollBackend::local_address(int fd, sockaddr_storage& address, socklen_t& length) {
    length = sizeof address;
    return or_errno(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length));
}

int EpollBackend::set_option(int fd, SocketOption option, int value) {
    switch (option) {
        case SocketOption::no_delay:
            return or_errno(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value));
        case SocketOption::keep_alive:
            return or_errno(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, sizeof value));
        case SocketOption::receive_buffer_bytes:
            return or_errno(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof value));
        case SocketOption::send_buffer_bytes:
            return or_errno(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof value));
        case SocketOption::reset_on_close: {
            const linger none{.l_onoff = value, .l_linger = 0};
            return or_errno(setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none));
        }
    }
    return -EINVAL;
}

ssize_t EpollBackend::read(int fd, std::span<char> into) { return or_errno(receive(fd, into)); }

ssize_t EpollBackend::write(int fd, std::span<const iovec> from, bool more_follows) {
    const int flags = MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0);
    if (from.size() == 1) return or_errno(send_text(fd, from[0].iov_base, from[0].iov_len, flags));
    std::array<char, gathered_bytes> together;
    if (const std::size_t bytes = gather(from, together); bytes > 0)
        return or_errno(send_text(fd, together.data(), bytes, flags));
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(from.data());
    message.msg_iovlen = from.size();
    return or_errno(::syscall(SYS_sendmsg, fd, &message, flags));
}

ssize_t EpollBackend::receive_from(int fd, std::span<char> into, sockaddr_storage& peer, socklen_t& length) {
    length = sizeof peer;
    return or_errno(::recvfrom(fd, into.data(), into.size(), 0, reinterpret_cast<sockaddr*>(&peer), &length));
}

ssize_t EpollBackend::send_to(int fd, std::span<const char> from, const sockaddr* to, socklen_t length) {
    return or_errno(::sendto(fd, from.data(), from.size(), MSG_NOSIGNAL, to, length));
}

ssize_t EpollBackend::sendfile(int fd, int file, off_t offset, std::size_t bytes) {
    return or_errno(::sendfile(fd, file, &offset, bytes));
}

int EpollBackend::open_pipe(int (&ends)[2]) { return or_errno(::pipe2(ends, O_NONBLOCK | O_CLOEXEC)); }

ssize_t EpollBackend::splice(int from, int to, std::size_t bytes, bool more_follows) {
    const unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (more_follows ? SPLICE_F_MORE : 0);
    return or_errno(::splice(from, nullptr, to, nullptr, bytes, flags));
}

int EpollBackend::shutdown_write(int fd) { return or_errno(::shutdown(fd, SHUT_WR)); }

void EpollBackend::close(int fd) { ::close(fd); }

}   // namespace gatehouse::loop
