#include "exchange/worker.h"

#include "exchange/client_strand.h"
#include "exchange/h2_connection.h"
#include "exchange/handlers/file_cache.h"
#include "exchange/tcp_serve.h"
#include "exchange/udp_serve.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace gatehouse::exchange {
namespace {

using loop::Duration;

class Accept final : public loop::Operation {
public:
    explicit Accept(loop::Channel& channel)
        : Operation(channel, loop::Direction::read, loop::forever, Work::fresh) {}
    sockaddr_storage peer{};
    [[nodiscard]] Result<int> await_resume() const {
        if (failure()) return fail(*failure(), "accept");
        if (result_ < 0) return fail_errno(-result_, "accept");
        return result_;
    }

private:
    bool attempt() override {
        socklen_t length = 0;
        result_ = channel().loop().backend().accept(channel().fd(), peer, length);
        if (result_ != -EAGAIN && result_ != -EINTR) return true;
        not_ready();
        return false;
    }
    int result_ = 0;
};

// No request of it has arrived and waits for its turn.
bool is_truly_idle(ClientConnection& connection) { return !connection.stream.channel().readable; }

void close_idle(ClientConnection& connection) {
    if (connection.h2 != nullptr) connection.h2->say_goodbye();
    connection.unlink();   // at once: its strand ends a turn later
    connection.stream.close();
}

// Out of descriptors: close what is idle longest and go on; with nothing idle, leave the queue to wait a
// little.
loop::Task<bool> answer_exhaustion(WorkerState& worker, Error error) {
    constexpr Duration pause = std::chrono::milliseconds(100);
    if (worker.shed_idle()) {
        worker.counters.shed_for_descriptors.add();
        co_return (co_await loop::sleep(std::chrono::milliseconds(1))).has_value();
    }
    log::write_error(log::LogLevel::crit,
                     fmt::format("{}: no idle connection left to close; new ones wait in the queue. Raise "
                                 "worker_rlimit_nofile",
                                 error.describe()));
    co_return (co_await loop::sleep(pause)).has_value();
}

// worker_connections: at the limit the longest idle client goes; with none idle, new ones wait in the queue.
loop::Task<bool> wait_for_room(WorkerState& worker, const Port& port) {
    constexpr Duration pause = std::chrono::milliseconds(10);
    while (worker.connections >= port.publication->snapshot->model.process.worker_connections) {
        const bool made_room = worker.close_longest_idle();
        const auto slept = co_await loop::sleep(made_room ? std::chrono::milliseconds(1) : pause);
        if (!slept) co_return false;
    }
    co_return true;
}

bool is_exhaustion(const Error& error) {
    return error.code == ErrorCode::too_many_files || error.code == ErrorCode::out_of_memory;
}

loop::Task<void> accept_clients(WorkerState& worker, Port& port) {
    constexpr std::uint64_t accepted_per_turn = 16;
    loop::Share share(accepted_per_turn);
    ++port.users;
    while (port.channel.is_open()) {
        if (!co_await wait_for_room(worker, port)) break;
        Accept accept(port.channel);
        const auto fd = co_await accept;
        if (!fd) {
            if (fd.error().code == ErrorCode::canceled) break;
            if (is_exhaustion(fd.error()) && !co_await answer_exhaustion(worker, fd.error())) break;
            // a client that gave up while queued (ECONNABORTED) concerns nobody; anything else may stay: do
            // not spin
            if (fd.error().code == ErrorCode::system) {
                log::write_error(log::LogLevel::alert, fd.error().describe());
                if (!co_await loop::sleep(std::chrono::milliseconds(100))) break;
            }
            continue;
        }
        worker.counters.accepted.add();
        worker.counters.handled.add();
        worker.loop.backend().set_option(*fd, loop::SocketOption::no_delay, 1);
        const PeerAddress peer(accept.peer);
        worker.scope.spawn(port.listener->listener.is_tcp() ? serve_tcp(worker, port, *fd, peer)
                                                            : serve_client(worker, port, *fd, peer));
        const auto on = co_await share.spend(1);   // a first request may be served whole in there
        if (!on) break;
    }
    port.drop_user();
}

}   // namespace

WorkerState::WorkerState(loop::Loop& on, Shared& with, unsigned worker_index, unsigned workers)
    : loop(on),
      shared(with),
      counters(with.counters.add_worker()),
      index(worker_index),
      worker_count(workers),
      scope(on),
      pool(on),
      h2_pool(on, tls_sessions),
      files(std::make_unique<FileCache>()),
      logs(on, with.logs),
      random(0x9e3779b97f4a7c15ULL * (worker_index + 1)) {}

WorkerState::~WorkerState() = default;

const std::shared_ptr<const model::EndpointSet>& WorkerState::endpoints_of(const model::Service& service) {
    constexpr std::size_t view_limit = 4096;   // services named at run time come and go
    if (views_.size() > view_limit) views_.clear();
    View& view = views_[service.state.get()];
    const auto version = service.state->version();
    if (view.endpoints == nullptr || view.version != version) {
        view.state = service.state;
        view.version = version;
        view.endpoints = service.state->endpoints();
    }
    return view.endpoints;
}

bool WorkerState::close_longest_idle() {
    auto* connection = idle.find_first([](ClientConnection& c) { return is_truly_idle(c); });
    if (connection == nullptr) return false;
    close_idle(*connection);
    return true;
}

bool WorkerState::shed_idle() { return close_longest_idle() || pool.shed_one() || h2_pool.shed_one(); }

struct Worker::State : WorkerState {
    using WorkerState::WorkerState;
    loop::Scope keeper{loop};   // of the strand that drains

    void follow_sockets(const std::shared_ptr<const model::Publication>& publication);
    void open_port(const std::shared_ptr<const model::Publication>& publication,
                   const model::Publication::Socket& socket);
    static loop::Task<void> drain(State& state, Duration limit, std::function<void()> done);
};

Worker::Worker(loop::Loop& loop, Shared& shared, unsigned index, unsigned worker_count)
    : state_(std::make_unique<State>(loop, shared, index, worker_count)) {
    loop.at_turn_end([state = state_.get()] { state->logs.end_turn(); });
}

Worker::~Worker() = default;

void Worker::apply(std::shared_ptr<const model::Publication> publication) {
    // A count of this worker's own: exchanges pin and unpin without touching a cache line that other workers
    // use.
    auto own = std::make_shared<std::shared_ptr<const model::Publication>>(std::move(publication));
    const auto* object = own->get();
    state_->logs.submit();
    state_->logs.forget_logs();
    state_->forget_endpoints();
    state_->follow_sockets(std::shared_ptr<const model::Publication>(std::move(own), object));
}

void Worker::State::follow_sockets(const std::shared_ptr<const model::Publication>& publication) {
    const auto& sockets = publication->sockets;
    // a port that was left pins the publication it was last in: only as long as it has connections
    std::erase_if(ports, [](const auto& port) { return port->is_done(); });
    for (auto& port : ports) {
        const auto kept = std::ranges::find(sockets, port->listening_fd, &model::Publication::Socket::fd);
        const bool changed_sides = kept != sockets.end() && port->listener != nullptr &&
                                   kept->listener->listener.is_tcp() != port->listener->listener.is_tcp();
        if (kept == sockets.end() || !port->channel.is_open() || changed_sides) {
            port->leave();
            continue;
        }
        port->publication = publication;
        port->listener = kept->listener;
    }
    for (const auto& socket : sockets) {
        const auto known = std::ranges::find_if(ports, [&](const auto& port) {
            return port->listening_fd == socket.fd && port->channel.is_open();
        });
        if (known == ports.end() && !draining) open_port(publication, socket);
    }
}

void Worker::State::open_port(const std::shared_ptr<const model::Publication>& publication,
                              const model::Publication::Socket& socket) {
    const bool is_udp = socket.listener->listener.datagrams;
    if (is_udp && !serves_datagrams(*this, socket.fd)) return;
    auto& port = *ports.emplace_back(std::make_unique<Port>(loop, socket.fd));
    port.publication = publication;
    port.listener = socket.listener;
    if (const auto watched = port.channel.watch(true); !watched) {
        log::write_error(log::LogLevel::alert, watched.error().describe());
        port.leave();
        return;
    }
    scope.spawn(is_udp ? serve_udp(*this, port) : accept_clients(*this, port));
}

// Cuts what still runs when the time given for draining is over.
class Cutter final : public loop::Timer {
public:
    explicit Cutter(loop::Scope& scope) : scope_(scope) {}

private:
    void fire() override { scope_.cancel(); }
    loop::Scope& scope_;
};

loop::Task<void> Worker::State::drain(State& state, Duration limit, std::function<void()> done) {
    state.draining = true;
    for (auto& port : state.ports) port->leave();
    state.h2_connections.for_each([](H2Connection& connection) { connection.drain(); });
    state.idle.for_each([](ClientConnection& connection) {
        if (connection.h2 == nullptr && is_truly_idle(connection)) close_idle(connection);
    });
    Cutter cutter(state.scope);
    if (limit != loop::forever) state.loop.arm(cutter, limit);
    co_await state.scope.join();
    state.pool.clear();
    co_await state.h2_pool.close();
    state.logs.submit();
    done();
}

void Worker::drain(loop::Duration limit, std::function<void()> done) {
    state_->keeper.spawn(State::drain(*state_, limit, std::move(done)));
}

}   // namespace gatehouse::exchange
