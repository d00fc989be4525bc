// The benchmark's load generator: N keep-alive connections, each sending its next GET as soon as its last
// response is complete (closed loop), on one thread. It checks status and length of every response, and
// tells a connection closed while nothing was asked (fine, as any client must bear) from one closed or reset
// after a request was sent (failed). It reads the CPU clocks of the processes under test at the very edges
// of its measuring window, so that requests and CPU time belong to the same moments. Prints JSON.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.h"

namespace {

using gatehouse::bench::Histogram;

constexpr std::size_t buffer_bytes = 256U << 10U;   // the larger, the fewer reads of a 10 MiB body
constexpr std::size_t max_head_bytes = 64U << 10U;
constexpr std::size_t connections_per_source = 8192;   // below the 28,232 ports of ip_local_port_range
constexpr std::size_t idle_mode_in_flight = 64;
constexpr std::int64_t idle_mode_limit_ns = 60'000'000'000;
constexpr std::int64_t drain_limit_ns = 5'000'000'000;
constexpr int tick_ms = 10;

constexpr const char* usage =
    "usage: load --port P [options]\n"
    "  --connections N   keep-alive connections (1)\n"
    "  --seconds S       length of the measuring window; 0: until standard input ends (2)\n"
    "  --warmup S        before the window (0.5)\n"
    "  --path PATH       what to ask for (/)\n"
    "  --host NAME       Host field (localhost)\n"
    "  --targets FILE    lines of \"HOST PATH\", asked for in turn, instead of --host and --path\n"
    "  --bytes N         length every body must have (any)\n"
    "  --cpu PID,...     processes whose CPU time over the window is wanted\n"
    "  --idle            one request per connection, then hold all idle until standard input ends\n"
    "  --careful         look for a close before each request\n";

[[noreturn]] void die(const char* operation) {
    std::perror(operation);
    std::exit(1);
}

std::int64_t read_clock(clockid_t clock) {
    timespec time{};
    return clock_gettime(clock, &time) == 0 ? time.tv_sec * 1'000'000'000LL + time.tv_nsec : 0;
}

std::int64_t now_ns() { return read_clock(CLOCK_MONOTONIC); }

struct Options {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    double seconds = 2;
    double warmup = 0.5;
    std::string host = "localhost";
    std::string path = "/";
    std::string targets;
    std::int64_t bytes = -1;
    std::vector<pid_t> cpu;
    bool idle = false;
    bool careful = false;
};

std::vector<pid_t> parse_pids(const std::string& list) {
    std::vector<pid_t> pids;
    std::istringstream stream(list);
    for (std::string pid; std::getline(stream, pid, ',');) pids.push_back(std::stoi(pid));
    return pids;
}

using Setter = void (*)(Options&, const std::string&);

const std::map<std::string_view, Setter> setters = {
    {"--port", [](Options& o, const std::string& v) { o.port = static_cast<std::uint16_t>(std::stoul(v)); }},
    {"--connections", [](Options& o, const std::string& v) { o.connections = std::stoul(v); }},
    {"--seconds", [](Options& o, const std::string& v) { o.seconds = std::stod(v); }},
    {"--warmup", [](Options& o, const std::string& v) { o.warmup = std::stod(v); }},
    {"--host", [](Options& o, const std::string& v) { o.host = v; }},
    {"--path", [](Options& o, const std::string& v) { o.path = v; }},
    {"--targets", [](Options& o, const std::string& v) { o.targets = v; }},
    {"--bytes", [](Options& o, const std::string& v) { o.bytes = std::stoll(v); }},
    {"--cpu", [](Options& o, const std::string& v) { o.cpu = parse_pids(v); }},
};

[[noreturn]] void show_usage() {
    std::fputs(usage, stderr);
    std::exit(2);
}

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        const auto setter = setters.find(name);
        if (name == "--idle") {
            options.idle = true;
        } else if (name == "--careful") {
            options.careful = true;
        } else if (setter != setters.end() && i + 1 < argc) {
            setter->second(options, argv[++i]);
        } else {
            show_usage();
        }
    }
    if (options.port == 0 || options.connections == 0) show_usage();
    return options;
}

std::vector<std::string> make_requests(const Options& options) {
    const auto request = [](const std::string& host, const std::string& path) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host +
               "\r\nUser-Agent: gatehouse-bench/1\r\nAccept: */*\r\n\r\n";
    };
    if (options.targets.empty()) return {request(options.host, options.path)};
    std::vector<std::string> requests;
    std::ifstream file(options.targets);
    for (std::string host, path; file >> host >> path;) requests.push_back(request(host, path));
    if (requests.empty()) die("--targets");
    return requests;
}

struct Counts {
    std::uint64_t requests = 0;       // answered as they should be
    std::uint64_t refused = 0;        // connect failed
    std::uint64_t reset = 0;          // the connection broke after a request was sent
    std::uint64_t closed = 0;         // it ended after a request was sent, before the response was complete
    std::uint64_t wrong_status = 0;   // not 200
    std::uint64_t wrong_length = 0;   // another length than wanted, or none stated
    std::uint64_t closed_idle = 0;    // it ended between requests: no failure

    [[nodiscard]] std::uint64_t failed() const {
        return refused + reset + closed + wrong_status + wrong_length;
    }
};

struct Head {
    int status = 0;
    std::int64_t length = -1;
    bool close = false;   // Connection: close
};

Head parse_head(std::string_view head) {
    Head result;
    if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, result.status);
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        const std::string_view line = head.substr(at);
        const auto starts_with = [line](std::string_view name) {
            return line.size() >= name.size() && strncasecmp(line.data(), name.data(), name.size()) == 0;
        };
        if (starts_with("content-length: ")) {
            std::from_chars(line.data() + 16, line.data() + line.size(), result.length);
        } else if (starts_with("connection: close")) {
            result.close = true;
        }
    }
    return result;
}

enum class State : std::uint8_t { closed, connecting, waiting_for_head, reading_body, idle };

struct Connection {
    int fd = -1;
    State state = State::closed;
    Head head;
    std::int64_t body_read = 0;
    std::int64_t sent_at = 0;
    std::size_t next_request = 0;
    std::string partial_head;
};

class Load {
public:
    explicit Load(Options options)
        : options_(std::move(options)),
          requests_(make_requests(options_)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          buffer_(buffer_bytes),
          connections_(options_.connections) {
        if (epoll_ < 0) die("epoll_create1");
        for (std::size_t i = 0; i < connections_.size(); ++i)
            connections_[i].next_request = i * requests_.size() / connections_.size();
    }

    void measure() {
        const bool until_input_ends = options_.seconds == 0;
        open_up_to(connections_.size());
        if (!until_input_ends) run_for(options_.warmup);
        std::vector<std::int64_t> cpu = cpu_clocks();
        const std::int64_t began = now_ns();
        counts_ = {};
        latencies_ = {};
        if (until_input_ends) {
            while (!input_ended(0)) poll_once();
        } else {
            run_for(options_.seconds);
        }
        const std::int64_t took = now_ns() - began;
        const std::vector<std::int64_t> cpu_after = cpu_clocks();
        for (std::size_t i = 0; i < cpu.size(); ++i) cpu[i] = cpu_after[i] - cpu[i];
        const Counts in_window = counts_;
        const Histogram latencies = latencies_;
        drain();
        print(until_input_ends ? counts_ : in_window, latencies, took, cpu);
    }

    // Opens the connections a few at a time, so that the gateway's pools stay as small as real idleness has
    // them.
    void hold_idle() {
        const std::int64_t deadline = now_ns() + idle_mode_limit_ns;
        while (settled_ < connections_.size() && counts_.failed() == 0 && now_ns() < deadline) {
            open_up_to(std::min(connections_.size(), settled_ + idle_mode_in_flight));
            poll_once();
        }
        std::printf("{\"idle\": %zu, \"failed\": %lu}\n", settled_, counts_.failed());
        std::fflush(stdout);
        while (!input_ended(-1)) {
        }
        poll_once();
        std::printf("{\"closed_idle\": %lu}\n", counts_.closed_idle);
    }

private:
    static bool input_ended(int timeout_ms) {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (poll(&input, 1, timeout_ms) <= 0) return false;
        std::array<char, 64> ignored{};
        return read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
    }

    // Of the wanted processes in their order, then of this one.
    [[nodiscard]] std::vector<std::int64_t> cpu_clocks() const {
        std::vector<std::int64_t> clocks;
        for (const pid_t pid : options_.cpu) {
            clockid_t clock{};
            clocks.push_back(clock_getcpuclockid(pid, &clock) == 0 ? read_clock(clock) : 0);
        }
        clocks.push_back(read_clock(CLOCK_PROCESS_CPUTIME_ID));
        return clocks;
    }

    void run_for(double seconds) {
        const std::int64_t deadline = now_ns() + static_cast<std::int64_t>(seconds * 1e9);
        while (now_ns() < deadline) poll_once();
    }

    // Lets the requests under way finish and sends no more.
    void drain() {
        draining_ = true;
        const std::int64_t deadline = now_ns() + drain_limit_ns;
        while (in_flight_ > 0 && now_ns() < deadline) poll_once();
    }

    void poll_once() {
        std::vector<Connection*> lost;
        lost.swap(lost_);
        if (!draining_) {
            for (Connection* connection : lost) open(*connection);
        }
        std::array<epoll_event, 256> events{};
        const int ready = epoll_wait(epoll_, events.data(), events.size(), tick_ms);
        if (ready < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < ready; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            advance(*static_cast<Connection*>(event.data.ptr), event.events);
        }
    }

    void open_up_to(std::size_t count) {
        for (; opened_ < count; ++opened_) open(connections_[opened_]);
    }

    void open(Connection& connection) {
        connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (connection.fd < 0) die("socket");
        const int on = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(connection.fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        const auto index = static_cast<std::size_t>(&connection - connections_.data());
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(index / connections_per_source));
        if (bind(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(options_.port);
        connection.state = State::connecting;
        if (connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
            errno != EINPROGRESS) {
            return lose(connection, counts_.refused);
        }
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.ptr = &connection;
        if (epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) die("epoll_ctl");
    }

    void advance(Connection& connection, std::uint32_t events) {
        const bool peer_closed = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        switch (connection.state) {
            case State::closed: return;
            case State::connecting:
                if ((events & (EPOLLERR | EPOLLHUP)) != 0) return lose(connection, counts_.refused);
                if ((events & EPOLLOUT) != 0) send_request(connection);
                return;
            case State::waiting_for_head:
            case State::reading_body: return receive(connection, peer_closed);
            case State::idle:
                if (peer_closed) lose(connection, counts_.closed_idle);
                return;
        }
    }

    void send_request(Connection& connection) {
        if (draining_) {
            connection.state = State::idle;
            return;
        }
        char peeked = 0;
        if (options_.careful && recv(connection.fd, &peeked, 1, MSG_PEEK) >= 0) {
            return lose(connection, counts_.closed_idle);
        }
        const std::string& request = requests_[connection.next_request++ % requests_.size()];
        connection.state = State::waiting_for_head;
        connection.body_read = 0;
        connection.sent_at = now_ns();
        ++in_flight_;
        if (send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size())) {
            lose(connection, counts_.reset);
        }
    }

    void receive(Connection& connection, bool peer_closed) {
        for (;;) {
            const ssize_t count = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
            if (count < 0 && errno == EAGAIN) return;
            if (count < 0) return lose(connection, counts_.reset);
            if (count == 0) return lose(connection, counts_.closed);
            const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
            if (!consume(connection, bytes)) return lose(connection, counts_.wrong_length);
            if (connection.state == State::reading_body && connection.body_read == connection.head.length) {
                return complete(connection, peer_closed);
            }
            if (bytes.size() < buffer_.size() && !peer_closed) return;
        }
    }

    // False when the response has no stated length, or more bytes than that.
    static bool consume(Connection& connection, std::string_view bytes) {
        if (connection.state == State::waiting_for_head) {
            std::string joined;
            if (!connection.partial_head.empty()) {
                joined.swap(connection.partial_head);
                joined += bytes;
                bytes = joined;
            }
            const std::size_t end = bytes.find("\r\n\r\n");
            if (end == std::string_view::npos) {
                connection.partial_head = bytes;
                return bytes.size() < max_head_bytes;
            }
            connection.head = parse_head(bytes.substr(0, end));
            connection.state = State::reading_body;
            connection.body_read = static_cast<std::int64_t>(bytes.size() - end - 4);
        } else {
            connection.body_read += static_cast<std::int64_t>(bytes.size());
        }
        return connection.body_read <= connection.head.length;
    }

    void complete(Connection& connection, bool peer_closed) {
        --in_flight_;
        ++settled_;
        connection.state = State::idle;
        if (connection.head.status != 200) {
            ++counts_.wrong_status;
        } else if (options_.bytes >= 0 && connection.head.length != options_.bytes) {
            ++counts_.wrong_length;
        } else {
            ++counts_.requests;
            latencies_.add(now_ns() - connection.sent_at);
        }
        if (peer_closed || connection.head.close) return lose(connection, counts_.closed_idle);
        if (!options_.idle) send_request(connection);
    }

    // Closes it, counts why, and has it opened anew with the next round of events.
    void lose(Connection& connection, std::uint64_t& reason) {
        ++reason;
        if (connection.state == State::waiting_for_head || connection.state == State::reading_body)
            --in_flight_;
        close(connection.fd);
        connection.state = State::closed;
        connection.partial_head.clear();
        lost_.push_back(&connection);
    }

    void print(const Counts& counts, const Histogram& latencies, std::int64_t took,
               const std::vector<std::int64_t>& cpu) const {
        std::printf("{\"requests\": %lu, \"seconds\": %.6f, ", counts.requests,
                    static_cast<double>(took) / 1e9);
        std::printf("\"failed\": {\"refused\": %lu, \"reset\": %lu, \"closed\": %lu, ", counts.refused,
                    counts.reset, counts.closed);
        std::printf("\"wrong_status\": %lu, \"wrong_length\": %lu, \"stuck\": %zu}, ", counts.wrong_status,
                    counts.wrong_length, in_flight_);
        std::printf("\"closed_idle\": %lu, \"latency_us\": {", counts.closed_idle);
        for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
            std::printf("\"p%g\": %.1f, ", percent, latencies.percentile_us(percent));
        }
        std::printf("\"max\": %.1f}, \"cpu_ns\": [", latencies.largest_us());
        for (std::size_t i = 0; i + 1 < cpu.size(); ++i) std::printf(i == 0 ? "%ld" : ", %ld", cpu[i]);
        std::printf("], \"own_cpu_ns\": %ld}\n", cpu.back());
    }

    Options options_;
    std::vector<std::string> requests_;
    int epoll_;
    std::vector<char> buffer_;
    std::vector<Connection> connections_;
    std::vector<Connection*> lost_;   // closed, to be opened again
    std::size_t opened_ = 0;          // connections started at least once
    std::size_t settled_ = 0;         // responses received since the start
    std::size_t in_flight_ = 0;
    bool draining_ = false;
    Counts counts_;
    Histogram latencies_;
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
    Options options = parse_options(argc, argv);
    const bool idle = options.idle;
    Load load(std::move(options));
    if (idle) {
        load.hold_idle();
    } else {
        load.measure();
    }
}
