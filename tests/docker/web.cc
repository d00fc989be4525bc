// A web app for containers: answers every request with its host's name and the path it was asked for, and
// says so in JSON below /api. Told to stop, it serves what has come, answers "Connection: close" and leaves
// when its clients have, or after a second. Arguments: the port, and how many milliseconds an answer takes.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

std::atomic<bool> is_stopping = false;
std::atomic<int> clients = 0;

std::string answer(const std::string& head, const std::string& host) {
    const auto from = head.find(' ') + 1;
    const std::string path = head.substr(from, head.find(' ', from) - from);
    const bool is_api = path.rfind("/api", 0) == 0;
    const std::string body = is_api ? "{\"host\":\"" + host + "\",\"path\":\"" + path + "\"}"
                                    : "<!doctype html><title>static</title><p>" + host + "\n";
    return std::string("HTTP/1.1 200 OK\r\nContent-Type: ") + (is_api ? "application/json" : "text/html") +
           "\r\nX-Host: " + host + (is_stopping ? "\r\nConnection: close" : "") +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void serve(int fd, const std::string& host, int milliseconds) {
    ++clients;
    std::string in;
    bool goes_on = true;
    while (goes_on) {
        const auto end = in.find("\r\n\r\n");
        if (end == std::string::npos) {
            pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
            const int ready = ::poll(&wait, 1, 100);
            if (ready == 0 && is_stopping) break;   // nothing is asked any more
            if (ready == 0) continue;
            char buffer[16384];
            const ssize_t count = ::read(fd, buffer, sizeof buffer);
            if (count <= 0) break;
            in.append(buffer, static_cast<std::size_t>(count));
            continue;
        }
        ::usleep(static_cast<useconds_t>(milliseconds) * 1000);
        const std::string out = answer(in.substr(0, end), host);
        in.erase(0, end + 4);
        goes_on = out.find("Connection: close") == std::string::npos &&
                  ::send(fd, out.data(), out.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(out.size());
        if (!goes_on) ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
    }
    ::close(fd);
    --clients;
}

}   // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    ::signal(SIGTERM, [](int) { is_stopping = true; });
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(arguments[1])));
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
    ::listen(listener, 1024);
    const int milliseconds = std::atoi(arguments[2]);
    int quiet = 0;   // tenths of a second without a client, once told to stop
    while (quiet < 10) {
        pollfd wait{.fd = listener, .events = POLLIN, .revents = 0};
        if (::poll(&wait, 1, 100) <= 0) {
            if (is_stopping && clients == 0) ++quiet;
            continue;
        }
        const int fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) continue;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        std::thread(serve, fd, std::string(host), milliseconds).detach();
    }
    return 0;
}
