// The origin behind every gateway in the benchmark: answers GET /anything/SIZE (SIZE as in 128, 64k, 10m)
// with a body of that many bytes, at the least cost a correct answer can have, so that it never is what is
// measured. One thread, edge-triggered epoll, responses made once per size. It understands requests without
// a body, pipelined or cut anywhere, and closes on anything else. Below /websocket/ it answers the upgrade
// and is silent from then on. Prints "port N" once it listens on 127.0.0.1:N; ends with SIGTERM.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t max_body_bytes = 64U << 20U;
constexpr std::size_t max_head_bytes = 64U << 10U;
constexpr std::string_view websocket_path = "/websocket/";
// The one key the load generator sends: the example of RFC 6455, section 1.3. Any other is not understood,
// which shows a gateway that does not pass it on.
constexpr std::string_view websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view switching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
constexpr std::string_view not_found = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

[[noreturn]] void die(const char* operation) {
    std::perror(operation);
    std::exit(1);
}

// The responses by the last segment of the path; made when first asked for, never freed.
class Responses {
public:
    // Empty when `size` is no size.
    std::string_view of(std::string_view size) {
        if (const auto known = made_.find(size); known != made_.end()) return known->second;
        const std::size_t bytes = parse(size);
        if (bytes > max_body_bytes) return {};
        std::string response = "HTTP/1.1 200 OK\r\nServer: origin\r\nContent-Type: text/plain\r\n";
        response += "Content-Length: " + std::to_string(bytes) + "\r\n\r\n" + std::string(bytes, 'x');
        return made_.emplace(size, std::move(response)).first->second;
    }

private:
    static std::size_t parse(std::string_view size) {
        constexpr std::size_t none = max_body_bytes + 1;
        std::size_t number = 0;
        const char* end = size.data() + size.size();
        const auto [rest, error] = std::from_chars(size.data(), end, number);
        if (error != std::errc{} || number > max_body_bytes) return none;
        const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
        if (unit.empty()) return number;
        if (unit == "k") return number << 10U;
        if (unit == "m") return number << 20U;
        return none;
    }

    std::map<std::string, std::string, std::less<>> made_;
};

struct Connection {
    int fd = -1;
    std::string partial;       // a request head that has not arrived completely
    std::string_view unsent;   // the rest of a response the socket did not take
    bool websocket = false;    // whatever comes is dropped
};

class Origin {
public:
    explicit Origin(std::uint16_t port) : epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(max_head_bytes) {
        if (epoll_ < 0) die("epoll_create1");
        listen_on(port);
    }

    void run() {
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int ready = epoll_wait(epoll_, events.data(), events.size(), -1);
            if (ready < 0 && errno != EINTR) die("epoll_wait");
            for (int i = 0; i < ready; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_) {
                    accept_all();
                } else if (!drive(event.data.fd, (event.events & EPOLLRDHUP) != 0)) {
                    close(event.data.fd);
                }
            }
        }
    }

private:
    void listen_on(std::uint16_t port) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int on = 1;
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0) die("bind");
        if (listen(listener_, 4096) != 0) die("listen");
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        watch(listener_, EPOLLIN | EPOLLET);
        std::printf("port %d\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    void watch(int fd, std::uint32_t events) const {
        epoll_event event{};
        event.events = events;
        event.data.fd = fd;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
    }

    void accept_all() {
        for (;;) {
            const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            const auto slot = static_cast<std::size_t>(fd);
            if (connections_.size() <= slot) connections_.resize(slot + 1);
            connections_[slot] = {fd, {}, {}, false};
            watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
        }
    }

    // Writes what is left, then reads and answers until the socket is drained. False: close it.
    bool drive(int fd, bool half_closed) {
        Connection& connection = connections_[static_cast<std::size_t>(fd)];
        if (!flush(connection)) return false;
        if (!connection.partial.empty() && !answer_all(connection, {})) return false;
        while (connection.unsent.empty()) {
            const ssize_t count = recv(fd, buffer_.data(), buffer_.size(), 0);
            if (count < 0) return errno == EAGAIN;
            if (count == 0) return false;
            const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
            if (!answer_all(connection, bytes)) return false;
            if (bytes.size() < buffer_.size() && !half_closed) return true;
        }
        return true;
    }

    bool answer_all(Connection& connection, std::string_view bytes) {
        if (connection.websocket) return true;
        std::string joined;
        if (!connection.partial.empty()) {
            joined = std::move(connection.partial);
            joined += bytes;
            connection.partial.clear();
            bytes = joined;
        }
        while (!bytes.empty()) {
            const std::size_t end = bytes.find("\r\n\r\n");
            if (end == std::string_view::npos || !connection.unsent.empty()) {
                connection.partial = bytes;
                return bytes.size() <= max_head_bytes;
            }
            if (!answer(connection, bytes.substr(0, end))) return false;
            bytes.remove_prefix(end + 4);
        }
        return true;
    }

    bool answer(Connection& connection, std::string_view head) {
        const std::size_t line_end = head.find(" HTTP/1.");
        if (!head.starts_with("GET ") || line_end == std::string_view::npos) return false;
        const std::string_view path = head.substr(4, line_end - 4);
        if (path.starts_with(websocket_path)) return upgrade(connection, head);
        connection.unsent = responses_.of(path.substr(path.rfind('/') + 1));
        if (connection.unsent.empty()) connection.unsent = not_found;
        return flush(connection);
    }

    static bool upgrade(Connection& connection, std::string_view head) {
        connection.websocket = head.find(websocket_key) != std::string_view::npos &&
                               strcasestr(std::string(head).c_str(), "\r\nupgrade: websocket") != nullptr;
        connection.unsent = connection.websocket ? switching : not_found;
        return flush(connection);
    }

    static bool flush(Connection& connection) {
        if (connection.unsent.empty()) return true;
        const std::string_view bytes = connection.unsent;
        const ssize_t count = send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN;
        connection.unsent.remove_prefix(static_cast<std::size_t>(count));
        return true;
    }

    int epoll_;
    int listener_ = -1;
    std::vector<char> buffer_;
    std::vector<Connection> connections_;   // by descriptor
    Responses responses_;
};

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}   // namespace

int main(int argc, char** argv) {
    raise_descriptor_limit();
    Origin origin(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 0);
    origin.run();
}
