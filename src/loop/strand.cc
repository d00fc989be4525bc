#include "loop/strand.h"

#include "base/free_list.h"
#include "loop/loop.h"

#include <array>
#include <cassert>
#include <cstdlib>
#include <new>

namespace gatehouse::loop {
namespace {

// Frames by size class of 64 bytes; larger ones are rare and go to malloc.
constexpr std::size_t class_bytes = 64;
constexpr std::size_t class_count = 64;

struct FrameLists {
    template <std::size_t... I>
    static std::array<FreeList, class_count> make(std::index_sequence<I...>) {
        return {FreeList((I + 1) * class_bytes, 512)...};
    }
    std::array<FreeList, class_count> lists = make(std::make_index_sequence<class_count>());
};
thread_local FrameLists frames;

}   // namespace

void* allocate_frame(std::size_t bytes) {
    const std::size_t index = (bytes - 1) / class_bytes;
    if (index < class_count) return frames.lists[index].take();
    void* memory = std::malloc(bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

void free_frame(void* frame, std::size_t bytes) noexcept {
    const std::size_t index = (bytes - 1) / class_bytes;
    if (index < class_count) {
        frames.lists[index].give(frame);
    } else {
        std::free(frame);
    }
}

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
    if (closing_) return;
    auto* strand = new Strand(loop_, *this, std::move(task));
    strands_.push_back(*strand);
    ++size_;
    strand->start();
}

void Scope::cancel() {
    strands_.for_each([](Strand& strand) { strand.cancel(); });
}

Task<void> Scope::join() {
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
    co_await join();
}

}   // namespace gatehouse::loop
