#pragma once
// Strand: one line of execution, the chain of tasks under a spawned root. It knows the Waiter it is parked
// on, and so can be cancelled. Scope: the owner of strands; it never lets one outlive it: close() stops
// admission, cancels and joins. Waiter: anything a strand can park on (readiness, a timer, an event, a join).
// All on one loop's thread.

#include "base/intrusive_list.h"
#include "base/result.h"
#include "loop/task.h"
#include "loop/timers.h"

#include <coroutine>
#include <cstdint>
#include <optional>

namespace gatehouse::loop {

class Loop;
class Scope;
class Strand;

// An awaitable wait. Derived classes start it in begin() and stop it in detach(); whoever ends it calls
// complete() or abandon(), and the strand resumes from the loop's ready queue, never nested in the caller.
class Waiter : public ListNode {
public:
    // `fresh`: what it waits for begins new work (a request, a connection). Work already begun goes first.
    enum class Work : std::uint8_t { begun, fresh };

    virtual ~Waiter() = default;
    Waiter() = default;
    // Ends the wait with an error. No effect on a wait that has ended.
    void abandon(ErrorCode why);

protected:
    explicit Waiter(Work work) : work_(work) {}
    void complete();
    [[nodiscard]] std::optional<ErrorCode> failure() const { return failure_; }
    void refuse(ErrorCode why) { failure_ = why; }   // from begin(), which then returns false
    [[nodiscard]] Loop& loop() const { return *loop_; }
    // false: it ended at once, do not suspend
    bool park(std::coroutine_handle<> handle, Strand& strand);

private:
    friend class Loop;
    friend class Strand;
    virtual bool begin() = 0;    // false: nothing to wait for
    virtual void detach() = 0;   // stop listening; idempotent

    std::coroutine_handle<> handle_;
    Strand* strand_ = nullptr;
    Loop* loop_ = nullptr;
    std::optional<ErrorCode> failure_;
    bool ended_ = false;
    Work work_ = Work::begun;
};

// What may strike a strand from outside: a deadline, a hang-up. Owned by whoever raises it; its death
// withdraws it.
class Interruption : public ListNode {
public:
    explicit Interruption(ErrorCode why) : why_(why) {}

private:
    friend class Strand;
    friend class Waiter;
    ErrorCode why_;
};

class Strand : public ListNode {
public:
    [[nodiscard]] Loop& loop() const { return loop_; }
    [[nodiscard]] bool canceled() const { return canceled_; }
    // Sticky: the present wait and every later one end with ErrorCode::canceled.
    void cancel();
    // Ends only the present wait.
    void interrupt(ErrorCode why) {
        if (waiting_ != nullptr) waiting_->abandon(why);
    }
    // Ends the present wait; or the next one, if the strand has its answer already and is about to run.
    void interrupt(Interruption& by);

private:
    friend class Scope;
    friend class Waiter;
    friend class Loop;
    friend class PromiseBase;
    Strand(Loop& loop, Scope& scope, Task<void> root) : loop_(loop), scope_(scope), root_(std::move(root)) {}
    void start();
    void end();

    Loop& loop_;
    Scope& scope_;
    Task<void> root_;
    Waiter* waiting_ = nullptr;
    IntrusiveList<Interruption> interruptions_;   // those that have yet to end a wait
    bool canceled_ = false;
};

class Scope {
public:
    explicit Scope(Loop& loop) : loop_(loop) {}
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // Runs the task until it first waits. After close() began, the task is dropped unstarted.
    void spawn(Task<void> task);
    void cancel();   // every strand; sticky for each, new ones are still admitted
    [[nodiscard]] bool empty() const { return strands_.empty(); }
    [[nodiscard]] bool closing() const { return closing_; }
    [[nodiscard]] std::size_t size() const { return size_; }
    Task<void>
    join();   // until empty; not ended by cancelling the joiner: frames must not outlive their scope
    Task<void> close();   // no more spawns, cancel, join

private:
    friend class Strand;
    class JoinWait;
    Task<void> join_all();
    Loop& loop_;
    IntrusiveList<Strand> strands_;
    JoinWait* joiner_ = nullptr;
    std::size_t size_ = 0;
    bool closing_ = false;
};

// `co_await this_strand()` gives the Strand the caller runs on.
struct ThisStrand {
    Strand* strand = nullptr;
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) noexcept {
        strand = handle.promise().strand;
        return false;
    }
    [[nodiscard]] Strand& await_resume() const noexcept { return *strand; }
};
inline ThisStrand this_strand() { return {}; }

}   // namespace gatehouse::loop
