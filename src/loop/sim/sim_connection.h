#pragma once
// SimConnection: one simulated TCP connection, the pair of its ends and what is under way between them.
// SimEnd follows Linux's rules: what was written is delivered in order after a latency, into a bounded
// receive buffer; closing with unread data, or receiving on a closed end, resets; after a reset the bytes
// that had arrived can still be read.

#include "base/buffer.h"
#include "base/socket_address.h"
#include "loop/sim/fault_plan.h"
#include "loop/sim/sim_file.h"

#include <memory>
#include <span>
#include <string_view>

namespace gatehouse::loop {

class SimConnection;

class SimEnd final : public SimFile {
public:
    SimEnd(SimConnection& connection, int index);

    [[nodiscard]] Readiness poll() override;

    // As system calls answer. A writer first asks how many of `wanted` bytes are admitted now, then sends
    // exactly those.
    [[nodiscard]] ssize_t admit(std::size_t wanted, FaultPlan::PerMille short_writes);
    void send(std::string_view bytes);
    // A reader looks at what has arrived (0: end of stream), then consumes what it took.
    [[nodiscard]] ssize_t available();
    [[nodiscard]] std::string_view arrived() const { return receive_.view(); }
    void consume(std::size_t bytes);
    [[nodiscard]] int take_error();   // SO_ERROR, positive
    int shutdown_write();
    void set_buffers(std::size_t send_bytes, std::size_t receive_bytes);   // 0: leave
    void abort();                                                          // RST to the peer

    [[nodiscard]] SimConnection& connection() { return connection_; }
    [[nodiscard]] const SocketAddress& address() const { return address_; }
    void set_address(const SocketAddress& address) { address_ = address; }

private:
    friend class SimConnection;
    enum class State { connecting, open, dead };

    void on_last_close() override;
    [[nodiscard]] SimEnd& peer();
    [[nodiscard]] bool has_room() const { return (send_limit_ - send_.size()) * 3 >= send_limit_; }
    void pump();   // sees to it that what can be delivered will be
    void deliver();
    void deliver_bytes();
    void deliver_end();
    void die(int error);

    SimConnection& connection_;
    int index_;
    State state_ = State::connecting;
    SocketAddress address_;
    Buffer send_;      // written, not at the peer yet
    Buffer receive_;   // arrived, not read yet
    std::size_t send_limit_;
    std::size_t receive_limit_;
    TimePoint last_delivery_{};   // of the data this end sent
    std::uint64_t delivered_ = 0;
    std::uint64_t reset_at_;   // faults strike when this many bytes have been delivered
    std::uint64_t vanish_at_;
    int error_ = 0;   // pending, reported once
    bool pumping_ = false;
    bool no_space_ = false;     // a writer found no room and expects an edge
    bool closed_ = false;       // no descriptor any more; may still be sending
    bool write_shut_ = false;   // FIN comes after what is in send_
    bool end_delivered_ = false;
    bool peer_ended_ = false;   // FIN arrived
};

class SimConnection final : public std::enable_shared_from_this<SimConnection> {
public:
    SimConnection(SimWorld& world, const FaultPlan& plan);

    // The two ends share the connection's life.
    [[nodiscard]] std::shared_ptr<SimEnd> client();
    [[nodiscard]] std::shared_ptr<SimEnd> server();

    [[nodiscard]] int connect(
        const SocketAddress& to);   // as connect(2): 0 for unix sockets, else -EINPROGRESS

private:
    friend class SimEnd;
    [[nodiscard]] bool doom();
    void arrive(Duration retry_after);
    void establish();
    void fail_later(int error, Duration delay);
    [[nodiscard]] Duration latency();
    [[nodiscard]] std::size_t buffer_bytes();
    [[nodiscard]] std::uint64_t fault_byte(FaultPlan::PerMille chance);

    SimWorld& world_;
    FaultPlan plan_;
    SimEnd client_;
    SimEnd server_;
    SocketAddress to_;
    bool vanished_ = false;   // no packet arrives any more, either way
};

}   // namespace gatehouse::loop
