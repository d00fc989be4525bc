#pragma once
// SimBackend: the simulated kernel as one Loop sees it. Calls answer as Linux would for the same history,
// plus the faults of its plan. wait() never blocks: the SimWorld decides which loop turns next and when time
// passes. Faults may be switched off (the plan is public) so that a test can let everything settle.

#include "loop/backend.h"
#include "loop/sim/sim_world.h"

#include <cerrno>
#include <vector>

namespace gatehouse::loop {

class SimBackend final : public Backend {
public:
    SimBackend(SimWorld& world, const FaultPlan& plan);
    ~SimBackend() override;

    FaultPlan plan;
    std::size_t descriptor_limit = 1'000'000;   // RLIMIT_NOFILE

    TimePoint now() override { return world_.now(); }
    WallTime wall_time() override { return world_.wall_time(); }
    std::span<const Readiness> wait(Duration timeout) override;
    void wake() override;
    int watch(int fd, Channel& channel, bool exclusive) override;
    void unwatch(int fd) override;
    int socket(int family, int type) override;
    int bind(int, const sockaddr*, socklen_t) override { return 0; }   // the world tells no addresses apart
    int listen(int fd, const sockaddr* address, socklen_t length, int backlog) override;
    int accept(int fd, sockaddr_storage& peer, socklen_t& length) override;
    int connect(int fd, const sockaddr* address, socklen_t length) override;
    int pending_error(int fd) override;
    int local_address(int fd, sockaddr_storage& address, socklen_t& length) override;
    int set_option(int fd, SocketOption option, int value) override;
    ssize_t read(int fd, std::span<char> into) override;
    ssize_t write(int fd, std::span<const iovec> from, bool more_follows) override;
    // The world has no datagrams.
    ssize_t receive_from(int, std::span<char>, sockaddr_storage&, socklen_t&) override { return -EOPNOTSUPP; }
    ssize_t send_to(int, std::span<const char>, const sockaddr*, socklen_t) override { return -EOPNOTSUPP; }
    ssize_t sendfile(int fd, int file, off_t offset, std::size_t bytes) override;
    int open_pipe(int (&ends)[2]) override;
    ssize_t splice(int from, int to, std::size_t bytes, bool more_follows) override;
    int shutdown_write(int fd) override;
    void close(int fd) override;

    void reset(
        int fd);   // for simulated peers: RST at once, as closing with SO_LINGER 0; the descriptor stays

private:
    friend class SimFile;
    friend class SimWorld;

    template <class T>
    T traced(const char* call, int fd, T answer) {
        world_.trace(call, fd, static_cast<std::int64_t>(answer));
        return answer;
    }
    [[nodiscard]] bool out_of_descriptors();
    [[nodiscard]] ssize_t splice_in(int from, int to, std::size_t bytes);
    [[nodiscard]] ssize_t splice_out(int from, int to, std::size_t bytes);
    void add_ready(SimWatch& watch);
    void take_turn();
    [[nodiscard]] TimePoint next_turn() const { return std::min(next_turn_, woken_at_); }

    SimWorld& world_;
    Loop* driven_ = nullptr;
    IntrusiveList<SimWatch> ready_;
    std::vector<Readiness> events_;
    Duration last_timeout_ = Duration::zero();
    TimePoint last_turn_at_{};
    TimePoint next_turn_;   // for its timers, or because it may have more to do
    TimePoint woken_at_ = TimePoint::max();
};

}   // namespace gatehouse::loop
