#pragma once
// Loop: one thread's event loop. A turn waits for readiness, fires due timers, takes posted messages and
// resumes the strands that became ready, in that order; coroutines run only from the ready queue, so no
// callback nests in another. Work that has begun is always finished before more is begun: of what would begin
// new work only a few are resumed per turn. Then few exchanges are half done at a time, whatever the number
// of connections, and what they keep in memory stays in the processor's caches. Everything but post() and
// stop() belongs to the loop's thread. The loop owns its Backend and outlives every scope on it.

#include "loop/backend.h"
#include "loop/strand.h"
#include "loop/timers.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace gatehouse::loop {

class Loop {
public:
    explicit Loop(std::unique_ptr<Backend> backend);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    [[nodiscard]] Backend& backend() { return *backend_; }
    [[nodiscard]] TimePoint now() const { return now_; }         // as of this turn
    [[nodiscard]] WallTime wall_time() const { return wall_; }   // as of this turn
    void arm(Timer& timer, Duration after);
    [[nodiscard]] std::size_t armed_timers() const { return timers_.armed_count(); }

    // From any thread: runs `message` on this loop in one of its next turns, in the order posted.
    void post(std::function<void()> message);
    // Called once at the end of every turn that ran something: batched work (one wake of the log writer per
    // turn).
    void at_turn_end(std::function<void()> hook) { turn_end_ = std::move(hook); }

    void run();                         // until stop()
    void turn(Duration longest_wait);   // one turn
    void stop();                        // from any thread; run() returns after the present turn

    void make_ready(Waiter& waiter) {
        (waiter.work_ == Waiter::Work::fresh ? fresh_ : ready_).push_back(waiter);
    }

private:
    void take_readiness(std::span<const Readiness> events);
    void take_messages();
    void resume_ready();
    static void resume(Waiter& waiter);

    static constexpr int fresh_per_turn = 16;
    std::unique_ptr<Backend> backend_;
    TimePoint now_;
    WallTime wall_;
    Timers timers_;
    IntrusiveList<Waiter> ready_, fresh_;
    std::function<void()> turn_end_;
    std::mutex mailbox_mutex_;
    std::vector<std::function<void()>> mailbox_;
    std::atomic<bool> mail_{false};
    std::atomic<bool> stopping_{false};
};

// co_await sleep(d): not cancelled → success.
class Sleep final : public Waiter {
public:
    explicit Sleep(Duration duration) : duration_(duration), timer_(*this) {}
    [[nodiscard]] bool await_ready() const { return duration_ <= Duration::zero(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }
    [[nodiscard]] Result<> await_resume() const {
        if (failure()) return fail(*failure(), "sleep");
        return {};
    }

private:
    struct Alarm final : Timer {
        explicit Alarm(Sleep& of) : sleep(of) {}
        void fire() override { sleep.complete(); }
        Sleep& sleep;
    };
    bool begin() override {
        loop().arm(timer_, duration_);
        return true;
    }
    void detach() override { timer_.disarm(); }
    Duration duration_;
    Alarm timer_;
};
inline Sleep sleep(Duration duration) { return Sleep(duration); }

// co_await yield(): goes on in the loop's next turn, after whatever else is ready now.
class Yield final : public Waiter {
public:
    [[nodiscard]] bool await_ready() const { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }
    [[nodiscard]] Result<> await_resume() const {
        if (failure()) return fail(*failure(), "yield");
        return {};
    }

private:
    bool begin() override {
        complete();
        return true;
    }
    void detach() override {}
};
inline Yield yield() { return {}; }

// What a strand may do before the others of its loop get a turn, when nothing it does ever has to wait: bytes
// or messages, as its owner counts. `co_await share.spend(n)` goes on at once until the share is spent, and
// then in the next turn with a new one. An error only when the strand was cancelled or interrupted.
class Share {
public:
    explicit Share(std::uint64_t per_turn) : per_turn_(per_turn), left_(per_turn) {}
    Task<Result<>> spend(std::uint64_t amount) {
        if (amount < left_) {
            left_ -= amount;
            return Result<>();
        }
        left_ = per_turn_;
        return next_turn();
    }

private:
    static Task<Result<>> next_turn() { co_return co_await yield(); }
    std::uint64_t per_turn_;
    std::uint64_t left_;
};
// Of bytes moved: long enough that the turn itself costs nothing beside it, a fraction of a millisecond.
inline constexpr std::uint64_t bytes_per_turn = 1024 * 1024;

// Interrupts the strand's wait with `timed_out` when the time is up, once; whatever runs below sees that as
// its own error.
class Deadline final : public Timer {
public:
    Deadline(Strand& strand, Duration after) : strand_(strand) {
        if (after != forever) strand.loop().arm(*this, after);
    }
    [[nodiscard]] bool expired() const { return expired_; }

private:
    void fire() override {
        expired_ = true;
        strand_.interrupt(interruption_);
    }
    Strand& strand_;
    Interruption interruption_{ErrorCode::timed_out};
    bool expired_ = false;
};

// Wakes strands of the same loop. set() stays set until clear(); notify_one/all wake present waiters only.
class Event {
public:
    class Wait;
    void set();
    void clear() { set_ = false; }
    [[nodiscard]] bool is_set() const { return set_; }
    void notify_one();
    void notify_all();
    [[nodiscard]] Wait wait(Duration timeout = forever);
    [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }

private:
    IntrusiveList<Wait> waiters_;
    bool set_ = false;
};

class Event::Wait final : public Waiter {
public:
    Wait(Event& event, Duration timeout) : event_(event), timeout_(timeout), timer_(*this) {}
    [[nodiscard]] bool await_ready() const { return event_.set_; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }
    [[nodiscard]] Result<> await_resume() const {
        if (failure()) return fail(*failure(), "wait for an event");
        return {};
    }

private:
    friend class Event;
    struct Timeout final : Timer {
        explicit Timeout(Wait& of) : wait(of) {}
        void fire() override { wait.abandon(ErrorCode::timed_out); }
        Wait& wait;
    };
    bool begin() override {
        event_.waiters_.push_back(*this);
        if (timeout_ != forever) loop().arm(timer_, timeout_);
        return true;
    }
    void detach() override {
        unlink();
        timer_.disarm();
    }
    Event& event_;
    Duration timeout_;
    Timeout timer_;
};

}   // namespace gatehouse::loop
