// The load generator of TLS handshakes: N places, in each a connection that shakes hands, waits for the
// session ticket, which proves that the gateway has completed its side, says goodbye and makes room for the
// next. Without --resume every one is new, connection and session; with it each resumes the session that the
// one before it in its place was given, and one that was not resumed counts as failed. No request is made:
// what is measured is TCP and TLS alone. One thread; prints JSON. CPU clocks are read as load.cc reads them.

#include <openssl/ssl.h>
#include <sys/epoll.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "channel.h"
#include "common.h"
#include "histogram.h"

namespace {

using namespace gatehouse::bench;

constexpr int tick_ms = 10;

constexpr const char* usage =
    "usage: handshakes --port P [options]\n"
    "  --connections N   handshakes at a time (1)\n"
    "  --seconds S       length of the measuring window (2)\n"
    "  --warmup S        before the window (0.5)\n"
    "  --cpu PID,...     processes whose CPU time over the window is wanted\n"
    "  --resume          resume sessions\n";

struct Options {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    double seconds = 2;
    double warmup = 0.5;
    std::vector<pid_t> cpu;
    bool resume = false;
};

[[noreturn]] void show_usage() {
    std::fputs(usage, stderr);
    std::exit(2);
}

Options parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--resume") {
            options.resume = true;
            continue;
        }
        if (i + 1 == argc) show_usage();
        const std::string value = argv[++i];
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(std::stoul(value));
        } else if (name == "--connections") {
            options.connections = std::stoul(value);
        } else if (name == "--seconds") {
            options.seconds = std::stod(value);
        } else if (name == "--warmup") {
            options.warmup = std::stod(value);
        } else if (name == "--cpu") {
            options.cpu = parse_pids(value);
        } else {
            show_usage();
        }
    }
    if (options.port == 0 || options.connections == 0) show_usage();
    return options;
}

struct Counts {
    std::uint64_t handshakes = 0;   // as they should be
    std::uint64_t refused = 0;      // connect failed
    std::uint64_t broken = 0;       // ended before there was a ticket
    std::uint64_t wrong_kind = 0;   // not resumed although wanted, or the other way round
};

enum class State : std::uint8_t { closed, connecting, handshaking, waiting_for_ticket };

struct Place {
    Channel channel;
    State state = State::closed;
    bool has_ticket = false;
    std::int64_t began = 0;
    TlsSession session;   // for the next connection
};

class Handshakes {
public:
    explicit Handshakes(Options options)
        : options_(std::move(options)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          context_(make_client_context("http/1.1")),
          places_(options_.connections) {
        if (epoll_ < 0) die("epoll_create1");
        SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context_.get(), keep_session);
    }

    void measure() {
        for (Place& place : places_) lost_.push_back(&place);
        run_for(options_.warmup);
        const std::vector<std::int64_t> cpu = cpu_clocks(options_.cpu);
        const std::int64_t began = now_ns();
        counts_ = {};
        latencies_ = {};
        run_for(options_.seconds);
        const std::int64_t took = now_ns() - began;
        print(took, cpu_json(cpu, cpu_clocks(options_.cpu)));
    }

private:
    // Called by OpenSSL for each ticket; the last one stays.
    static int keep_session(SSL* tls, SSL_SESSION* session) {
        auto* place = static_cast<Place*>(SSL_get_ex_data(tls, 0));
        place->session.reset(session);
        place->has_ticket = true;
        return 1;
    }

    void run_for(double seconds) {
        const std::int64_t deadline = now_ns() + static_cast<std::int64_t>(seconds * 1e9);
        while (now_ns() < deadline) poll_once();
    }

    void poll_once() {
        std::vector<Place*> lost;
        lost.swap(lost_);
        for (Place* place : lost) open(*place);
        std::array<epoll_event, 256> events{};
        const int ready = epoll_wait(epoll_, events.data(), events.size(), tick_ms);
        if (ready < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < ready; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            advance(*static_cast<Place*>(event.data.ptr), event.events);
        }
    }

    void open(Place& place) {
        place.began = now_ns();
        place.has_ticket = false;
        const int fd = connect_loopback(options_.port, opened_++);
        if (fd < 0) return leave(place, counts_.refused);
        place.channel.open(fd, context_.get());
        SSL_set_ex_data(place.channel.tls(), 0, &place);   // 0: the application's own
        if (options_.resume && place.session) SSL_set_session(place.channel.tls(), place.session.get());
        place.state = State::connecting;
        watch(epoll_, fd, &place);
    }

    void advance(Place& place, std::uint32_t events) {
        switch (place.state) {
            case State::closed: return;
            case State::connecting:
                if ((events & (EPOLLERR | EPOLLHUP)) != 0) return leave(place, counts_.refused);
                if ((events & EPOLLOUT) == 0) return;
                place.state = State::handshaking;
                return shake_hands(place);
            case State::handshaking: return shake_hands(place);
            case State::waiting_for_ticket: return read_tickets(place);
        }
    }

    void shake_hands(Place& place) {
        switch (place.channel.shake_hands()) {
            case Channel::Handshake::pending: return;
            case Channel::Handshake::failed: return leave(place, counts_.broken);
            case Channel::Handshake::done:
                place.state = State::waiting_for_ticket;
                return read_tickets(place);   // it may have come with what completed the handshake
        }
    }

    void read_tickets(Place& place) {
        const bool resumed = SSL_session_reused(place.channel.tls()) != 0;
        std::array<char, 256> room{};
        if (place.channel.receive(room) >= 0 || errno != EAGAIN) return leave(place, counts_.broken);
        if (!place.has_ticket) return;
        if (resumed != options_.resume) return leave(place, counts_.wrong_kind);
        latencies_.add(now_ns() - place.began);
        leave(place, counts_.handshakes);
    }

    void leave(Place& place, std::uint64_t& reason) {
        ++reason;
        if (place.state == State::waiting_for_ticket) SSL_shutdown(place.channel.tls());
        place.channel.close();
        place.state = State::closed;
        lost_.push_back(&place);
    }

    void print(std::int64_t took, const std::string& cpu) const {
        std::printf("{\"requests\": %lu, \"seconds\": %.6f, ", counts_.handshakes,
                    static_cast<double>(took) / 1e9);
        std::printf("\"failed\": {\"refused\": %lu, \"broken\": %lu, \"wrong_kind\": %lu}, ", counts_.refused,
                    counts_.broken, counts_.wrong_kind);
        std::printf("\"latency_us\": {\"p50\": %.1f, \"p99\": %.1f}, %s}\n", latencies_.percentile_us(50),
                    latencies_.percentile_us(99), cpu.c_str());
    }

    Options options_;
    int epoll_;
    TlsContext context_;
    std::vector<Place> places_;
    std::vector<Place*> lost_;   // closed, to be opened again
    std::size_t opened_ = 0;
    Counts counts_;
    Histogram latencies_;
};

}   // namespace

int main(int argc, char** argv) {
    raise_descriptor_limit();
    std::signal(SIGPIPE, SIG_IGN);   // OpenSSL writes without MSG_NOSIGNAL
    Handshakes(parse_options(argc, argv)).measure();
}
