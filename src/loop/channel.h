#pragma once
// Channel: a watched descriptor and who waits on it. It owns the descriptor. Readiness is edge-triggered and
// remembered: `readable` stays true until a call says otherwise. At most one waiter per direction. An
// Operation is a wait that tries its system call when the channel becomes ready and resumes its strand only
// when the call has an answer.

#include "loop/backend.h"
#include "loop/strand.h"
#include "loop/timers.h"

namespace gatehouse::loop {

class HangupGuard;
class Operation;

class Channel {
public:
    Channel(Loop& loop, int fd) : loop_(&loop), fd_(fd) {}
    ~Channel() { close(); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    [[nodiscard]] Result<> watch(bool exclusive = false);
    void close();                  // waiters end with `canceled`
    [[nodiscard]] int release();   // stops watching and gives the descriptor away
    void adopt(int fd);            // of a closed or released channel

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] Loop& loop() const { return *loop_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    bool readable = true;   // try first: a new descriptor may be ready already
    bool writable = true;
    bool peer_closed = false;   // FIN seen: a short read does not mean drained
    bool hangup = false;        // reset, or closed both ways
    [[nodiscard]] bool is_guarded() const { return on_hangup_ != nullptr; }   // by a HangupGuard: one at most

private:
    friend class Loop;
    friend class Operation;
    friend class HangupGuard;
    bool watched_ = false;
    bool shared_ = false;   // others may hold this descriptor's open file: a listener
    Loop* loop_;
    int fd_;
    Operation* reader_ = nullptr;
    Operation* writer_ = nullptr;
    HangupGuard* on_hangup_ = nullptr;
};

enum class Direction : std::uint8_t { read, write };

class Operation : public Waiter {
public:
    // timeout: longest wait for one step of progress; `forever` arms no timer
    Operation(Channel& channel, Direction direction, Duration timeout, Work work = Work::begun)
        : Waiter(work), channel_(channel), timeout_(timeout), timer_(*this), direction_(direction) {}
    [[nodiscard]] bool await_ready() { return channel_.is_open() && ready() && attempt(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }

protected:
    // Tries the system call; false: not ready (the flag is cleared), keep waiting.
    virtual bool attempt() = 0;
    [[nodiscard]] Channel& channel() const { return channel_; }
    void progress();   // partial success: the timeout starts again
    [[nodiscard]] bool ready() const {
        return direction_ == Direction::read ? channel_.readable : channel_.writable;
    }
    void not_ready() { (direction_ == Direction::read ? channel_.readable : channel_.writable) = false; }

private:
    friend class Loop;
    struct Timeout final : Timer {
        explicit Timeout(Operation& of) : operation(of) {}
        void fire() override { operation.abandon(ErrorCode::timed_out); }
        Operation& operation;
    };
    bool begin() override;
    void detach() override;
    void on_ready() {
        if (attempt()) complete();
    }
    [[nodiscard]] Operation*& place() {
        return direction_ == Direction::read ? channel_.reader_ : channel_.writer_;
    }

    Channel& channel_;
    Duration timeout_;
    Timeout timer_;
    Direction direction_;
};

// Waits until the channel is readable; reads nothing, holds no buffer. How an idle connection waits for what
// will be new work, or a tunnel for its next bytes.
class Readable final : public Operation {
public:
    Readable(Channel& channel, Duration timeout, Work work = Work::fresh)
        : Operation(channel, Direction::read, timeout, work) {}
    [[nodiscard]] Result<> await_resume() const {
        if (failure()) return fail(*failure(), "wait for data");
        return {};
    }

private:
    bool attempt() override { return channel().readable; }
};

// While it lives, a hang-up of `channel` interrupts `strand`'s wait with ErrorCode::closed, once: how an
// exchange that waits for its upstream learns that the client is gone. A hang-up from before the guard was
// set counts too.
class HangupGuard {
public:
    // `on_close`: the peer's FIN alone strikes too; for a peer that would have nothing left to do here after
    // one.
    HangupGuard(Channel& channel, Strand& strand, bool on_close = false)
        : channel_(channel), strand_(strand), on_close_(on_close) {
        channel_.on_hangup_ = this;
        look();
    }
    ~HangupGuard() { channel_.on_hangup_ = nullptr; }
    HangupGuard(const HangupGuard&) = delete;
    HangupGuard& operator=(const HangupGuard&) = delete;

private:
    friend class Loop;
    void look() {
        if (!channel_.hangup && !(on_close_ && channel_.peer_closed)) return;
        if (!std::exchange(struck_, true)) strand_.interrupt(interruption_);
    }
    Channel& channel_;
    Strand& strand_;
    Interruption interruption_{ErrorCode::closed};
    bool on_close_;
    bool struck_ = false;
};

}   // namespace gatehouse::loop
