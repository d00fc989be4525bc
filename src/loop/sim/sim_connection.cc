#include "loop/sim/sim_connection.h"

#include "loop/sim/sim_listener.h"
#include "loop/sim/sim_world.h"

#include <algorithm>
#include <cerrno>
#include <limits>

namespace gatehouse::loop {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

}   // namespace

SimConnection::SimConnection(SimWorld& world, const FaultPlan& plan)
    : world_(world), plan_(plan), client_(*this, 0), server_(*this, 1) {}

std::shared_ptr<SimEnd> SimConnection::client() { return {shared_from_this(), &client_}; }
std::shared_ptr<SimEnd> SimConnection::server() { return {shared_from_this(), &server_}; }

Duration SimConnection::latency() {
    const Duration usual = world_.between(plan_.latency_min, plan_.latency_max);
    return world_.chance(plan_.stalls) ? usual + world_.between(Duration::zero(), plan_.stall_max) : usual;
}

std::size_t SimConnection::buffer_bytes() {
    const auto spread = plan_.buffer_bytes_max - plan_.buffer_bytes_min;
    return plan_.buffer_bytes_min + (spread > 0 ? world_.random().below(spread + 1) : 0);
}

std::uint64_t SimConnection::fault_byte(FaultPlan::PerMille chance) {
    return world_.chance(chance) ? world_.random().below(plan_.fault_bytes) : never;
}

int SimConnection::connect(const SocketAddress& to) {
    to_ = to;
    client_.set_address(world_.network().next_client_address(to.family()));
    server_.set_address(to);
    if (to.family() == AF_UNIX) {   // answered at once, by whoever is there
        SimListener* listener = world_.network().listener_at(to);
        if (listener == nullptr) return -ECONNREFUSED;
        if (listener->full()) return -EAGAIN;
        client_.state_ = server_.state_ = SimEnd::State::open;
        listener->enqueue(shared_from_this());
        return 0;
    }
    if (world_.chance(plan_.unreachable)) {
        if (world_.random().one_in(2)) return -ENETUNREACH;
        fail_later(EHOSTUNREACH, latency() + 3s);
    } else if (!doom()) {
        world_.after(latency(), [self = shared_from_this()] { self->arrive(1s); });
    }
    return -EINPROGRESS;
}

// Connects that will never reach a listener.
bool SimConnection::doom() {
    const auto fate = world_.network().fate_of(to_);
    if (fate == SimNetwork::Fate::unreachable) {
        fail_later(EHOSTUNREACH, latency() + 3s);
    } else if (fate == SimNetwork::Fate::silent || world_.chance(plan_.unanswered)) {
        fail_later(ETIMEDOUT, 127s);   // six retransmissions of SYN: tcp(7), tcp_syn_retries
    } else if (world_.chance(plan_.refused)) {
        fail_later(ECONNREFUSED, latency());
    } else {
        return false;
    }
    return true;
}

void SimConnection::fail_later(int error, Duration delay) {
    world_.after(delay, [self = shared_from_this(), error] { self->client_.die(error); });
}

// The SYN reaches the other side.
void SimConnection::arrive(Duration retry_after) {
    if (client_.closed_ || client_.state_ == SimEnd::State::dead) return;
    SimListener* listener = world_.network().listener_at(to_);
    if (listener == nullptr) {
        fail_later(ECONNREFUSED, latency());
    } else if (listener->full()) {   // the SYN is dropped and sent again
        world_.after(retry_after,
                     [self = shared_from_this(), retry_after] { self->arrive(retry_after * 2); });
    } else {
        const TimePoint answered = world_.now() + latency();
        server_.state_ = SimEnd::State::open;
        server_.last_delivery_ = answered;   // nothing overtakes the SYN-ACK
        listener->enqueue(shared_from_this());
        world_.at(answered, [self = shared_from_this()] { self->establish(); });
    }
}

void SimConnection::establish() {
    if (client_.state_ != SimEnd::State::connecting) return;
    if (client_.closed_) {
        server_.die(ECONNRESET);
        return;
    }
    client_.state_ = SimEnd::State::open;
    client_.notify();
    client_.pump();
}

SimEnd::SimEnd(SimConnection& connection, int index)
    : SimFile(connection.world_),
      connection_(connection),
      index_(index),
      send_limit_(connection.buffer_bytes()),
      receive_limit_(connection.buffer_bytes()),
      reset_at_(connection.fault_byte(connection.plan_.resets)),
      vanish_at_(connection.fault_byte(connection.plan_.vanishings)) {}

SimEnd& SimEnd::peer() { return index_ == 0 ? connection_.server_ : connection_.client_; }

Readiness SimEnd::poll() {
    Readiness ready;
    if (state_ == State::connecting) return ready;
    const bool dead = state_ == State::dead;
    ready.readable = dead || peer_ended_ || !receive_.empty();
    ready.peer_closed = dead || peer_ended_;
    ready.hangup = dead || (write_shut_ && peer_ended_);
    ready.writable = dead || write_shut_ || has_room();
    if (!ready.writable) no_space_ = true;   // tcp_poll() does so too
    return ready;
}

ssize_t SimEnd::admit(std::size_t wanted, FaultPlan::PerMille short_writes) {
    if (state_ == State::connecting) return -EAGAIN;
    if (error_ != 0) return -take_error();
    if (write_shut_ || state_ == State::dead) return -EPIPE;
    std::size_t granted = std::min(wanted, send_limit_ - send_.size());
    if (granted > 1 && world().chance(short_writes)) granted = 1 + world().random().below(granted - 1);
    if (granted < wanted) no_space_ = true;
    if (granted == 0 && wanted > 0) return -EAGAIN;
    return static_cast<ssize_t>(granted);
}

void SimEnd::send(std::string_view bytes) {
    send_.append(bytes);
    pump();
}

ssize_t SimEnd::available() {
    if (!receive_.empty()) return static_cast<ssize_t>(receive_.size());
    if (error_ != 0) return -take_error();
    if (peer_ended_ || state_ == State::dead) return 0;
    return -EAGAIN;
}

void SimEnd::consume(std::size_t bytes) {
    receive_.consume(bytes);
    peer().pump();   // there may be room again
}

int SimEnd::take_error() { return std::exchange(error_, 0); }

void SimEnd::set_buffers(std::size_t send_bytes, std::size_t receive_bytes) {
    if (send_bytes > 0) send_limit_ = std::max(send_bytes, send_.size());
    if (receive_bytes > 0) receive_limit_ = std::max(receive_bytes, receive_.size());
}

int SimEnd::shutdown_write() {
    if (state_ != State::open) return -ENOTCONN;
    if (!std::exchange(write_shut_, true)) pump();
    return 0;
}

void SimEnd::on_last_close() {
    closed_ = true;
    if (state_ != State::open) return;
    if (!receive_.empty()) {   // RFC 1122 4.2.2.13: unread data makes closing a reset
        abort();
    } else {
        write_shut_ = true;
        pump();
    }
}

void SimEnd::abort() {
    if (state_ == State::dead) return;
    state_ = State::dead;
    send_.release();
    if (connection_.vanished_) return;
    world().at(std::max(world().now() + connection_.latency(), last_delivery_),
               [self = connection_.shared_from_this(), to = &peer()] { to->die(ECONNRESET); });
}

void SimEnd::die(int error) {
    if (state_ == State::dead || connection_.vanished_) return;
    error_ = peer_ended_ && error == ECONNRESET ? EPIPE : error;   // tcp_reset(): CLOSE_WAIT
    state_ = State::dead;
    send_.release();
    notify();
}

void SimEnd::pump() {
    if (pumping_ || state_ != State::open || connection_.vanished_) return;
    const bool bytes = !send_.empty() && (peer().receive_.size() < peer().receive_limit_ || peer().closed_);
    const bool end = send_.empty() && write_shut_ && !end_delivered_;
    if (!bytes && !end) return;
    pumping_ = true;
    last_delivery_ = std::max(world().now() + connection_.latency(), last_delivery_);
    world().at(last_delivery_, [self = connection_.shared_from_this(), this] { deliver(); });
}

void SimEnd::deliver() {
    pumping_ = false;
    if (state_ != State::open || connection_.vanished_) return;
    if (peer().closed_ && !send_.empty()) {   // nobody will read it: RFC 9293 3.10.7.4
        die(ECONNRESET);
        return;
    }
    if (!send_.empty()) {
        deliver_bytes();
    } else if (write_shut_) {
        deliver_end();
    }
    pump();
}

void SimEnd::deliver_bytes() {
    SimEnd& to = peer();
    std::size_t bytes = std::min(send_.size(), to.receive_limit_ - to.receive_.size());
    if (bytes == 0) return;
    if (world().chance(connection_.plan_.fragments))
        bytes = 1 + world().random().below(std::min<std::size_t>(bytes, 16));
    const bool reset = delivered_ + bytes > reset_at_;
    const bool vanish = delivered_ + bytes > vanish_at_;
    bytes = std::min<std::uint64_t>(bytes, std::min(reset_at_, vanish_at_) - delivered_);
    if (to.state_ == State::open) to.receive_.append(send_.view().substr(0, bytes));
    send_.consume(bytes);
    delivered_ += bytes;
    world().trace(index_ == 0 ? "to server" : "to client", to.address_.port(),
                  static_cast<std::int64_t>(bytes));
    if (bytes > 0) to.notify();
    if (vanish) {
        connection_.vanished_ = true;
    } else if (reset) {
        to.die(ECONNRESET);
        die(ECONNRESET);
    } else if (no_space_ && has_room()) {
        no_space_ = false;
        notify();
    }
}

void SimEnd::deliver_end() {
    end_delivered_ = true;
    peer().peer_ended_ = true;
    world().trace("end", peer().address_.port(), 0);
    peer().notify();
    if (peer_ended_) notify();   // both directions are over: HUP
}

}   // namespace gatehouse::loop
