// The benchmark's load generator: N keep-alive connections, each sending its next GET as soon as its last
// response is complete (closed loop), on one thread. It checks status and length of every response, and
// tells a connection closed while nothing was asked (fine, as any client must bear) from one closed or reset
// after a request was sent (failed). It reads the CPU clocks of the processes under test at the very edges
// of its measuring window, so that requests and CPU time belong to the same moments. It also holds idle
// connections, of HTTP/2 and WebSockets, too. Prints JSON.

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "channel.h"
#include "common.h"
#include "h2_request.h"
#include "histogram.h"
#include "load_options.h"

namespace {

using namespace gatehouse::bench;

constexpr std::size_t buffer_bytes = 256U << 10U;   // the larger, the fewer reads of a 10 MiB body
constexpr std::size_t max_head_bytes = 64U << 10U;
constexpr std::size_t idle_mode_in_flight = 64;
constexpr std::int64_t idle_mode_limit_ns = 60'000'000'000;
constexpr std::int64_t drain_limit_ns = 5'000'000'000;
constexpr int tick_ms = 10;

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

enum class State : std::uint8_t { closed, connecting, handshaking, waiting_for_head, reading_body, idle };

struct Connection {
    Channel channel;
    State state = State::closed;
    ResponseHead head;
    H2Response h2;
    std::int64_t body_read = 0;
    std::int64_t sent_at = 0;
    std::size_t next_request = 0;
    std::string partial_head;
};

class Load {
public:
    explicit Load(LoadOptions options)
        : options_(std::move(options)),
          requests_(make_requests(options_)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          context_(options_.tls ? make_client_context(options_.h2 ? "h2" : "http/1.1") : nullptr),
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
        const std::vector<std::int64_t> cpu = cpu_clocks(options_.cpu);
        const std::int64_t began = now_ns();
        counts_ = {};
        latencies_ = {};
        if (until_input_ends) {
            while (!input_ended(0)) poll_once();
        } else {
            run_for(options_.seconds);
        }
        const std::int64_t took = now_ns() - began;
        const std::vector<std::int64_t> cpu_after = cpu_clocks(options_.cpu);
        const Counts in_window = counts_;
        const Histogram latencies = latencies_;
        drain();
        print(until_input_ends ? counts_ : in_window, latencies, took, cpu_json(cpu, cpu_after));
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
        const auto index = static_cast<std::size_t>(&connection - connections_.data());
        const int fd = connect_loopback(options_.port, index);
        if (fd < 0) return lose(connection, counts_.refused);
        connection.channel.open(fd, context_.get());
        connection.state = State::connecting;
        watch(epoll_, fd, &connection);
    }

    void advance(Connection& connection, std::uint32_t events) {
        const bool peer_closed = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
        switch (connection.state) {
            case State::closed: return;
            case State::connecting:
                if ((events & (EPOLLERR | EPOLLHUP)) != 0) return lose(connection, counts_.refused);
                if ((events & EPOLLOUT) == 0) return;
                if (!options_.tls) return send_request(connection);
                connection.state = State::handshaking;
                return shake_hands(connection);
            case State::handshaking: return shake_hands(connection);
            case State::waiting_for_head:
            case State::reading_body: return receive(connection, peer_closed);
            case State::idle:
                if (peer_closed) return lose(connection, counts_.closed_idle);
                if (options_.h2) receive(connection, false);
                return;
        }
    }

    void shake_hands(Connection& connection) {
        switch (connection.channel.shake_hands()) {
            case Channel::Handshake::pending: return;
            case Channel::Handshake::failed: return lose(connection, counts_.refused);
            case Channel::Handshake::done: return send_request(connection);
        }
    }

    void send_request(Connection& connection) {
        if (draining_) {
            connection.state = State::idle;
            return;
        }
        char peeked = 0;
        if (options_.careful && recv(connection.channel.fd(), &peeked, 1, MSG_PEEK) >= 0) {
            return lose(connection, counts_.closed_idle);
        }
        const std::string& request = requests_[connection.next_request++ % requests_.size()];
        connection.state = State::waiting_for_head;
        connection.body_read = 0;
        connection.sent_at = now_ns();
        ++in_flight_;
        if (!connection.channel.send(request)) lose(connection, counts_.reset);
    }

    void receive(Connection& connection, bool peer_closed) {
        for (;;) {
            const ssize_t count = connection.channel.receive(buffer_);
            if (count < 0 && errno == EAGAIN) return;
            if (count <= 0 && connection.state == State::idle) return lose(connection, counts_.closed_idle);
            if (count < 0) return lose(connection, counts_.reset);
            if (count == 0) return lose(connection, counts_.closed);
            const std::string_view bytes(buffer_.data(), static_cast<std::size_t>(count));
            if (!consume(connection, bytes)) return lose(connection, counts_.wrong_length);
            if (connection.state == State::reading_body && connection.body_read == connection.head.length) {
                return complete(connection, peer_closed);
            }
            if (!options_.tls && bytes.size() < buffer_.size() && !peer_closed) return;
        }
    }

    bool consume(Connection& connection, std::string_view bytes) const {
        return options_.h2 ? consume_h2(connection, bytes) : consume_h1(connection, bytes);
    }

    // False when the gateway gave up.
    static bool consume_h2(Connection& connection, std::string_view bytes) {
        H2Response& response = connection.h2;
        if (!response.consume(bytes)) return false;
        const std::string answers = response.take_answers();
        if (!answers.empty() && !connection.channel.send(answers)) return false;
        if (!response.complete() || connection.state == State::idle) return true;
        connection.state = State::reading_body;
        connection.head.status = response.is_200() ? 200 : 0;
        connection.head.length = connection.body_read = response.body_bytes();
        return true;
    }

    // False when the response has no stated length, or more bytes than that.
    static bool consume_h1(Connection& connection, std::string_view bytes) {
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
            if (connection.head.websocket) connection.head.length = 0;
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
        if (options_.websocket ? !connection.head.websocket : connection.head.status != 200) {
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
        connection.channel.close();
        connection.state = State::closed;
        connection.h2 = {};
        connection.partial_head.clear();
        lost_.push_back(&connection);
    }

    void print(const Counts& counts, const Histogram& latencies, std::int64_t took,
               const std::string& cpu) const {
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
        std::printf("\"max\": %.1f}, %s}\n", latencies.largest_us(), cpu.c_str());
    }

    LoadOptions options_;
    std::vector<std::string> requests_;
    int epoll_;
    TlsContext context_;   // null: in the clear
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

}   // namespace

int main(int argc, char** argv) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);   // OpenSSL writes without MSG_NOSIGNAL
    LoadOptions options = parse_load_options(argc, argv);
    const bool idle = options.idle;
    Load load(std::move(options));
    if (idle) {
        load.hold_idle();
    } else {
        load.measure();
    }
}
