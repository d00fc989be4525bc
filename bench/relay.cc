// The raw relay: what a gateway on one thread costs at least. It forwards bytes both ways between a client
// and a connection of its own to the origin, and looks at none of them: no parsing, no log, no headers, no
// pool. Same means as the gateway's loop: edge-triggered epoll, one read and one write per message, a short
// read means drained. `relay ORIGIN_PORT` prints "port N" once it listens on 127.0.0.1:N; ends with SIGTERM.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

constexpr std::size_t buffer_bytes = 64U << 10U;

[[noreturn]] void die(const char* operation) {
    std::perror(operation);
    std::exit(1);
}

struct Pair;

struct Side {
    int fd = -1;
    bool ended = false;   // its peer sent the last byte
    Pair* pair = nullptr;
    Side* other = nullptr;
    std::string unsent;   // bytes from the other side that this socket did not take yet
};

struct Pair {
    Side client;
    Side origin;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int make_socket() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    return fd;
}

class Relay {
public:
    explicit Relay(std::uint16_t origin_port)
        : epoll_(epoll_create1(EPOLL_CLOEXEC)), listener_(make_socket()), origin_(loopback(origin_port)) {
        if (epoll_ < 0) die("epoll_create1");
        sockaddr_in address = loopback(0);
        socklen_t length = sizeof address;
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0) die("bind");
        if (listen(listener_, 4096) != 0) die("listen");
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        watch(listener_, EPOLLIN | EPOLLET, nullptr);
        std::printf("port %d\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int ready = epoll_wait(epoll_, events.data(), events.size(), -1);
            if (ready < 0 && errno != EINTR) die("epoll_wait");
            for (int i = 0; i < ready; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                auto* side = static_cast<Side*>(event.data.ptr);
                if (side == nullptr) {
                    accept_all();
                } else if (side->fd >= 0 && !drive(*side, event.events)) {
                    shut(*side->pair);
                }
            }
            closed_.clear();
        }
    }

private:
    void watch(int fd, std::uint32_t events, Side* side) const {
        epoll_event event{};
        event.events = events;
        event.data.ptr = side;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    }

    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            auto pair = std::make_unique<Pair>();
            pair->client = {fd, false, pair.get(), &pair->origin, {}};
            pair->origin = {make_socket(), false, pair.get(), &pair->client, {}};
            const int connected =
                connect(pair->origin.fd, reinterpret_cast<const sockaddr*>(&origin_), sizeof origin_);
            if (connected != 0 && errno != EINPROGRESS) die("connect");
            for (Side* side : {&pair->origin, &pair->client}) {
                const int on = 1;
                setsockopt(side->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                watch(side->fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, side);
            }
            Pair* key = pair.get();
            pairs_.emplace(key, std::move(pair));
        }
    }

    // False: this pair is over.
    bool drive(Side& side, std::uint32_t events) {
        if ((events & EPOLLERR) != 0) return false;
        if (!side.unsent.empty() && (events & EPOLLOUT) != 0) {
            if (!flush(side)) return false;
            if (side.unsent.empty() && !forward(*side.other, true)) return false;
        }
        if ((events & (EPOLLIN | EPOLLRDHUP)) == 0) return true;
        return forward(side, (events & EPOLLRDHUP) != 0);
    }

    // Reads from `from` and writes to its other side, until drained or until the other side takes no more.
    bool forward(Side& from, bool until_empty) {
        while (from.other->unsent.empty() && !from.ended) {
            const ssize_t count = recv(from.fd, buffer_.data(), buffer_.size(), 0);
            if (count < 0) return errno == EAGAIN;
            if (count == 0) {
                from.ended = true;
                shutdown(from.other->fd, SHUT_WR);
                return !from.other->ended;
            }
            if (!send_or_keep(*from.other, static_cast<std::size_t>(count))) return false;
            if (static_cast<std::size_t>(count) < buffer_.size() && !until_empty) return true;
        }
        return true;
    }

    bool send_or_keep(Side& to, std::size_t length) {
        const ssize_t count = send(to.fd, buffer_.data(), length, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN) return false;
        const std::size_t sent = count < 0 ? 0 : static_cast<std::size_t>(count);
        if (sent < length) to.unsent.assign(buffer_.data() + sent, length - sent);
        return true;
    }

    static bool flush(Side& to) {
        const ssize_t count = send(to.fd, to.unsent.data(), to.unsent.size(), MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN;
        to.unsent.erase(0, static_cast<std::size_t>(count));
        return true;
    }

    // The memory stays until the batch of events, which may name the other side too, is through.
    void shut(Pair& pair) {
        for (Side* side : {&pair.client, &pair.origin}) {
            close(side->fd);
            side->fd = -1;
        }
        const auto found = pairs_.find(&pair);
        closed_.push_back(std::move(found->second));
        pairs_.erase(found);
    }

    int epoll_;
    int listener_;
    sockaddr_in origin_;
    std::array<char, buffer_bytes> buffer_{};
    std::unordered_map<Pair*, std::unique_ptr<Pair>> pairs_;
    std::vector<std::unique_ptr<Pair>> closed_;
};

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}   // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: relay ORIGIN_PORT\n", stderr);
        return 2;
    }
    raise_descriptor_limit();
    Relay relay(static_cast<std::uint16_t>(std::atoi(argv[1])));
    relay.run();
}
