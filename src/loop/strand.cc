#include "loop/strand.h"

#include "loop/loop.h"

#include <cassert>

namespace gatehouse::loop {

void PromiseBase::end_strand(Strand& strand) noexcept { strand.end(); }

bool Waiter::park(std::coroutine_handle<> handle, Strand& strand) {
    handle_ = handle;
    strand_ = &strand;
    loop_ = &strand.loop();
    if (strand.canceled_) {
        failure_ = ErrorCode::canceled;
        ended_ = true;
        return false;
    }
    if (!strand.interruptions_.empty()) {
        failure_ = strand.interruptions_.pop_front().why_;
        ended_ = true;
        return false;
    }
    if (!begin()) {
        ended_ = true;
        return false;
    }
    strand.waiting_ = this;
    return true;
}

void Waiter::complete() {
    if (ended_) return;
    ended_ = true;
    detach();
    loop_->make_ready(*this);
}

void Waiter::abandon(ErrorCode why) {
    if (ended_) return;
    failure_ = why;
    complete();
}

void Strand::start() {
    auto& promise = root_.handle_.promise();
    promise.strand = this;
    promise.ends_strand_ = true;
    root_.handle_.resume();
}

void Strand::cancel() {
    canceled_ = true;
    interrupt(ErrorCode::canceled);
}

void Strand::interrupt(Interruption& by) {
    if (waiting_ != nullptr && !waiting_->ended_) {
        waiting_->abandon(by.why_);
    } else if (!by.linked()) {
        interruptions_.push_back(by);
    }
}

class Scope::JoinWait final : public Waiter {
public:
    explicit JoinWait(Scope& scope) : scope_(scope) {}
    void done() { complete(); }
    [[nodiscard]] bool await_ready() const { return scope_.empty(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> handle) {
        return park(handle, *handle.promise().strand);
    }
    void await_resume() {}

private:
    bool begin() override {
        assert(scope_.joiner_ == nullptr);
        scope_.joiner_ = this;
        return true;
    }
    void detach() override { scope_.joiner_ = nullptr; }
    Scope& scope_;
};

void Strand::end() {
    Scope& scope = scope_;
    unlink();
    --scope.size_;
    delete this;   // destroys the root frame, which is suspended at its end
    if (scope.strands_.empty() && scope.joiner_ != nullptr) scope.joiner_->done();
}

Scope::~Scope() { assert(strands_.empty()); }

void Scope::spawn(Task<void> task) {
    if (closing_ || task.is_ready()) return;
    auto* strand = new Strand(loop_, *this, std::move(task));
    strands_.push_back(*strand);
    ++size_;
    strand->start();
}

void Scope::cancel() {
    strands_.for_each([](Strand& strand) { strand.cancel(); });
}

Task<void> Scope::join() {
    if (empty()) return {};
    return join_all();
}

Task<void> Scope::join_all() {
    while (!empty()) {
        // A cancelled joiner must still wait: its frame owns what the strands use.
        Strand& self = co_await this_strand();
        const bool was_canceled = std::exchange(self.canceled_, false);
        if (was_canceled) cancel();   // what it waits for shall end as well
        JoinWait wait(*this);
        co_await wait;
        self.canceled_ = self.canceled_ || was_canceled;
    }
}

Task<void> Scope::close() {
    closing_ = true;
    cancel();
    return join();
}

}   // namespace gatehouse::loop
