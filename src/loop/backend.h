#pragma once
// The seam between Gatehouse and the outside world: time, readiness and non-blocking socket calls. epoll/
// answers with the kernel, sim/ with a simulated world under a virtual clock. One Backend serves one Loop, on
// that loop's thread; only wake() may be called from another. Calls return what the kernel would: a value ≥
// 0, or -errno (-EAGAIN: not ready).

#include "loop/clock.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace gatehouse::loop {

class Channel;

struct Readiness {
    Channel* channel = nullptr;
    bool readable = false;
    bool writable = false;
    bool peer_closed = false;   // RDHUP: the peer sent FIN; it may still read
    bool hangup = false;        // HUP or ERR: both directions are over
};

enum class SocketOption : std::uint8_t {
    no_delay,
    keep_alive,
    receive_buffer_bytes,
    send_buffer_bytes,
    reset_on_close,   // close() sends RST
};

class Backend {
public:
    virtual ~Backend() = default;

    [[nodiscard]] virtual TimePoint now() = 0;
    [[nodiscard]] virtual WallTime wall_time() = 0;
    // Waits until something is ready, wake() is called or `timeout` passed; the result is valid until the
    // next call.
    [[nodiscard]] virtual std::span<const Readiness> wait(Duration timeout) = 0;
    virtual void wake() = 0;   // any thread

    // Edge-triggered, both directions. `exclusive`: a listener shared with other loops; an edge reaches at
    // least one of them.
    virtual int watch(int fd, Channel& channel, bool exclusive) = 0;
    virtual void unwatch(int fd) = 0;

    virtual int socket(int family, int type) = 0;
    virtual int bind(int fd, const sockaddr* address,
                     socklen_t length) = 0;   // of a socket that will connect
    virtual int listen(int fd, const sockaddr* address, socklen_t length,
                       int backlog) = 0;   // bind and listen
    virtual int accept(int fd, sockaddr_storage& peer, socklen_t& length) = 0;
    virtual int connect(int fd, const sockaddr* address,
                        socklen_t length) = 0;   // -EINPROGRESS: wait for writable
    virtual int pending_error(int fd) = 0;       // SO_ERROR as -errno, 0: none
    virtual int local_address(int fd, sockaddr_storage& address, socklen_t& length) = 0;
    virtual int set_option(int fd, SocketOption option, int value) = 0;
    virtual ssize_t read(int fd, std::span<char> into) = 0;
    virtual ssize_t write(int fd, std::span<const iovec> from, bool more_follows) = 0;
    // One datagram, of a socket bound to an address; what does not fit is cut off.
    virtual ssize_t receive_from(int fd, std::span<char> into, sockaddr_storage& peer, socklen_t& length) = 0;
    virtual ssize_t send_to(int fd, std::span<const char> from, const sockaddr* to, socklen_t length) = 0;
    // From a regular file; the file itself is real in every backend.
    virtual ssize_t sendfile(int fd, int file, off_t offset, std::size_t bytes) = 0;
    virtual int open_pipe(int (&ends)[2]) = 0;
    virtual ssize_t splice(int from, int to, std::size_t bytes, bool more_follows) = 0;
    virtual int shutdown_write(int fd) = 0;
    virtual void close(int fd) = 0;
};

}   // namespace gatehouse::loop
