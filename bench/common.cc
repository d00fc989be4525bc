#include "common.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sstream>

namespace gatehouse::bench {

namespace {

constexpr std::size_t connections_per_source = 8192;   // below the 28,232 ports of ip_local_port_range
constexpr std::size_t sources = 200;                   // 127.0.0.1 and those that follow it

std::int64_t read_clock(clockid_t clock) {
    timespec time{};
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1'000'000'000LL + time.tv_nsec : 0;
}

}   // namespace

void die(const char* operation) {
    std::perror(operation);
    std::exit(1);
}

std::int64_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

std::vector<pid_t> parse_pids(const std::string& list) {
    std::vector<pid_t> pids;
    std::istringstream stream(list);
    for (std::string pid; std::getline(stream, pid, ',');) pids.push_back(std::stoi(pid));
    return pids;
}

std::vector<std::int64_t> cpu_clocks(const std::vector<pid_t>& pids) {
    std::vector<std::int64_t> clocks;
    for (const pid_t pid : pids) {
        clockid_t clock{};
        clocks.push_back(clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0);
    }
    clocks.push_back(read_clock(CLOCK_PROCESS_CPUTIME_ID));
    return clocks;
}

std::string cpu_json(const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after) {
    std::string json = "\"cpu_ns\": [";
    for (std::size_t i = 0; i + 1 < before.size(); ++i) {
        json += (i == 0 ? "" : ", ") + std::to_string(after[i] - before[i]);
    }
    return json + "], \"own_cpu_ns\": " + std::to_string(after.back() - before.back());
}

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int connect_loopback(std::uint16_t port, std::size_t number) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto source = static_cast<std::uint32_t>(number / connections_per_source % sources);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source);
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 || errno == EINPROGRESS) {
        return fd;
    }
    close(fd);
    return -1;
}

void watch(int epoll, int fd, void* owner) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = owner;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

bool input_ended(int timeout_ms) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, timeout_ms) <= 0) return false;
    std::array<char, 64> ignored{};
    return read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

}   // namespace gatehouse::bench
