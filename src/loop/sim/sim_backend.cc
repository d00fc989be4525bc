#include "loop/sim/sim_backend.h"

#include "loop/channel.h"
#include "loop/loop.h"
#include "loop/sim/sim_listener.h"
#include "loop/sim/sim_pipe.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gatehouse::loop {
namespace {

constexpr std::size_t largest_batch = 256;
constexpr std::size_t pipe_bytes = 64 * 1024;
constexpr std::size_t page_bytes = 4096;

// A socket before it listens or connects: epoll calls it hung up (its TCP state is CLOSE).
class SimFreshSocket final : public SimFile {
public:
    SimFreshSocket(SimWorld& world, int of_family) : SimFile(world), family(of_family) {}
    [[nodiscard]] Readiness poll() override { return {.writable = true, .hangup = true}; }
    const int family;
    std::size_t send_bytes = 0;
    std::size_t receive_bytes = 0;

private:
    void on_last_close() override {}
};

void give(const SocketAddress& from, sockaddr_storage& address, socklen_t& length) {
    address = from.storage;
    length = from.length;
}

}   // namespace

SimBackend::SimBackend(SimWorld& world, const FaultPlan& of)
    : plan(of), world_(world), next_turn_(world.now()) {
    world_.backends_.push_back(this);
}

SimBackend::~SimBackend() {
    world_.descriptors().forget(*this);
    std::erase(world_.backends_, this);
}

std::span<const Readiness> SimBackend::wait(Duration timeout) {
    last_timeout_ = timeout;
    events_.clear();
    const std::size_t limit = world_.chance(plan.small_batches) ? 1 : largest_batch;
    while (!ready_.empty() && events_.size() < limit) {
        SimWatch& watch = ready_.pop_front();
        Readiness event = watch.file->poll();
        event.channel = watch.channel;
        if (watch.exclusive) event.writable = event.peer_closed = false;
        if (!event.readable && !event.writable && !event.peer_closed && !event.hangup) continue;
        events_.push_back(event);
    }
    world_.trace("wait", static_cast<std::int64_t>(events_.size()), timeout.count());
    return events_;
}

void SimBackend::add_ready(SimWatch& watch) {
    ready_.push_back(watch);
    woken_at_ = std::min(woken_at_, world_.now());
}

void SimBackend::wake() {
    woken_at_ = std::min(woken_at_, world_.now() + world_.between(Duration::zero(), plan.wake_delay_max));
}

// A loop is at rest when a turn found nothing to do at an instant at which it had turned before: work that a
// turn creates is seen by the next.
void SimBackend::take_turn() {
    const TimePoint now = world_.now();
    woken_at_ = TimePoint::max();
    driven_->turn(forever);
    const bool at_rest = last_turn_at_ == now && last_timeout_ > Duration::zero() && events_.empty();
    last_turn_at_ = now;
    if (!at_rest) {
        next_turn_ = now;
    } else {
        next_turn_ = last_timeout_ == forever ? TimePoint::max() : now + last_timeout_;
    }
}

int SimBackend::watch(int fd, Channel& channel, bool exclusive) {
    SimFile* file = world_.descriptors().find(fd);
    return traced("watch", fd, file == nullptr ? -EBADF : file->watch(*this, fd, channel, exclusive));
}

void SimBackend::unwatch(int fd) {
    if (SimFile* file = world_.descriptors().find(fd)) file->unwatch(*this, fd);
}

bool SimBackend::out_of_descriptors() {
    return world_.chance(plan.no_descriptors) || world_.descriptors().open_count(*this) >= descriptor_limit;
}

int SimBackend::socket(int family, int type) {
    if ((type & SOCK_STREAM) == 0 || (family != AF_INET && family != AF_INET6 && family != AF_UNIX))
        return -EAFNOSUPPORT;
    if (out_of_descriptors()) return traced("socket", family, -EMFILE);
    return traced("socket", family,
                  world_.descriptors().open(std::make_shared<SimFreshSocket>(world_, family), *this));
}

int SimBackend::listen(int fd, const sockaddr* address, socklen_t length, int backlog) {
    if (world_.descriptors().find_as<SimFreshSocket>(fd) == nullptr) return -EINVAL;
    const auto listener =
        std::make_shared<SimListener>(world_, SocketAddress::from(address, length), std::max(backlog, 1));
    if (const int status = world_.network().bind(listener->address(), *listener); status < 0) return status;
    world_.descriptors().replace(fd, listener);
    return traced("listen", fd, 0);
}

int SimBackend::accept(int fd, sockaddr_storage& peer, socklen_t& length) {
    auto* listener = world_.descriptors().find_as<SimListener>(fd);
    if (listener == nullptr) return -EINVAL;
    if (out_of_descriptors()) return traced("accept", fd, -EMFILE);
    const auto connection = listener->take();
    if (connection == nullptr) return traced("accept", fd, -EAGAIN);
    give(connection->client()->address(), peer, length);
    return traced("accept", fd, world_.descriptors().open(connection->server(), *this));
}

int SimBackend::connect(int fd, const sockaddr* address, socklen_t length) {
    const auto* fresh = world_.descriptors().find_as<SimFreshSocket>(fd);
    if (fresh == nullptr) return -EISCONN;
    const auto to = SocketAddress::from(address, length);
    if (to.family() != fresh->family) return -EAFNOSUPPORT;
    const auto connection = std::make_shared<SimConnection>(world_, plan);
    connection->client()->set_buffers(fresh->send_bytes, fresh->receive_bytes);
    const int status = connection->connect(to);
    if (status == 0 || status == -EINPROGRESS) world_.descriptors().replace(fd, connection->client());
    return traced("connect", fd, status);
}

int SimBackend::pending_error(int fd) {
    auto* end = world_.descriptors().find_as<SimEnd>(fd);
    return traced("pending_error", fd, end == nullptr ? 0 : -end->take_error());
}

int SimBackend::local_address(int fd, sockaddr_storage& address, socklen_t& length) {
    SimFile* file = world_.descriptors().find(fd);
    if (auto* listener = dynamic_cast<SimListener*>(file)) {
        give(listener->address(), address, length);
    } else if (const auto* end = dynamic_cast<SimEnd*>(file)) {
        give(end->address(), address, length);
    } else {
        return -EBADF;
    }
    return 0;
}

int SimBackend::set_option(int fd, SocketOption option, int value) {
    SimFile* file = world_.descriptors().find(fd);
    if (file == nullptr) return -EBADF;
    const bool sending = option == SocketOption::send_buffer_bytes;
    if (!sending && option != SocketOption::receive_buffer_bytes) return 0;
    const auto bytes = static_cast<std::size_t>(value);
    if (auto* end = dynamic_cast<SimEnd*>(file)) {
        end->set_buffers(sending ? bytes : 0, sending ? 0 : bytes);
    } else if (auto* fresh = dynamic_cast<SimFreshSocket*>(file)) {
        (sending ? fresh->send_bytes : fresh->receive_bytes) = bytes;
    }
    return 0;
}

ssize_t SimBackend::read(int fd, std::span<char> into) {
    auto* end = world_.descriptors().find_as<SimEnd>(fd);
    if (end == nullptr) return -ENOTSOCK;
    const ssize_t available = end->available();
    if (available <= 0) return traced("read", fd, available);
    const auto bytes = std::min(static_cast<std::size_t>(available), into.size());
    std::memcpy(into.data(), end->arrived().data(), bytes);
    end->consume(bytes);
    return traced("read", fd, static_cast<ssize_t>(bytes));
}

ssize_t SimBackend::write(int fd, std::span<const iovec> from, bool /*more_follows*/) {
    auto* end = world_.descriptors().find_as<SimEnd>(fd);
    if (end == nullptr) return -ENOTSOCK;
    std::size_t wanted = 0;
    for (const iovec& piece : from) wanted += piece.iov_len;
    const ssize_t admitted = end->admit(wanted, plan.short_writes);
    if (admitted <= 0) return traced("write", fd, admitted);
    auto left = static_cast<std::size_t>(admitted);
    for (const iovec& piece : from) {
        const std::size_t bytes = std::min(left, piece.iov_len);
        if (bytes > 0) end->send({static_cast<const char*>(piece.iov_base), bytes});
        left -= bytes;
    }
    return traced("write", fd, admitted);
}

ssize_t SimBackend::sendfile(int fd, int file, off_t offset, std::size_t bytes) {
    auto* end = world_.descriptors().find_as<SimEnd>(fd);
    if (end == nullptr) return -ENOTSOCK;
    std::array<char, 64 * 1024> chunk;
    const ssize_t got = ::pread(file, chunk.data(), std::min(bytes, chunk.size()), offset);
    if (got < 0) return -errno;
    if (got == 0) return traced("sendfile", fd, ssize_t{0});
    const ssize_t admitted = end->admit(static_cast<std::size_t>(got), plan.short_writes);
    if (admitted > 0) end->send({chunk.data(), static_cast<std::size_t>(admitted)});
    return traced("sendfile", fd, admitted);
}

int SimBackend::open_pipe(int (&ends)[2]) {
    if (out_of_descriptors()) return traced("open_pipe", 0, -EMFILE);
    const auto pipe = std::make_shared<SimPipe>();
    pipe->capacity = world_.chance(plan.short_writes) ? page_bytes : pipe_bytes;
    auto& table = world_.descriptors();
    ends[0] = table.open(std::make_shared<SimPipeEnd>(world_, pipe, SimPipeEnd::Side::reader), *this);
    ends[1] = table.open(std::make_shared<SimPipeEnd>(world_, pipe, SimPipeEnd::Side::writer), *this);
    return traced("open_pipe", ends[0], 0);
}

ssize_t SimBackend::splice(int from, int to, std::size_t bytes, bool /*more_follows*/) {
    const bool inwards = world_.descriptors().find_as<SimEnd>(from) != nullptr;
    return traced("splice", inwards ? from : to,
                  inwards ? splice_in(from, to, bytes) : splice_out(from, to, bytes));
}

ssize_t SimBackend::splice_in(int from, int to, std::size_t bytes) {
    auto* end = world_.descriptors().find_as<SimEnd>(from);
    auto* pipe = world_.descriptors().find_as<SimPipeEnd>(to);
    if (pipe == nullptr || pipe->side() != SimPipeEnd::Side::writer) return -EINVAL;
    if (!pipe->pipe().reader_open) return -EPIPE;
    if (pipe->room() == 0) return -EAGAIN;
    const ssize_t available = end->available();
    if (available <= 0) return available;
    bytes = std::min({bytes, static_cast<std::size_t>(available), pipe->room()});
    // a pipe holds segments, not bytes: a short splice says nothing about what is left
    if (bytes > 1 && world_.chance(plan.short_writes)) bytes = 1 + world_.random().below(bytes - 1);
    pipe->pipe().content.append(end->arrived().substr(0, bytes));
    end->consume(bytes);
    return static_cast<ssize_t>(bytes);
}

ssize_t SimBackend::splice_out(int from, int to, std::size_t bytes) {
    auto* pipe = world_.descriptors().find_as<SimPipeEnd>(from);
    auto* end = world_.descriptors().find_as<SimEnd>(to);
    if (pipe == nullptr || end == nullptr || pipe->side() != SimPipeEnd::Side::reader) return -EINVAL;
    Buffer& content = pipe->pipe().content;
    if (content.empty()) return pipe->pipe().writer_open ? -EAGAIN : 0;
    const ssize_t admitted = end->admit(std::min(bytes, content.size()), plan.short_writes);
    if (admitted <= 0) return admitted;
    end->send(content.view().substr(0, static_cast<std::size_t>(admitted)));
    content.consume(static_cast<std::size_t>(admitted));
    return admitted;
}

int SimBackend::shutdown_write(int fd) {
    auto* end = world_.descriptors().find_as<SimEnd>(fd);
    return traced("shutdown_write", fd, end == nullptr ? -ENOTSOCK : end->shutdown_write());
}

void SimBackend::close(int fd) {
    world_.trace("close", fd, 0);
    world_.descriptors().close(fd);
}

void SimBackend::reset(int fd) {
    world_.trace("reset", fd, 0);
    if (auto* end = world_.descriptors().find_as<SimEnd>(fd)) end->abort();
}

}   // namespace gatehouse::loop
