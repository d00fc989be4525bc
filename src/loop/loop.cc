#include "loop/loop.h"

#include "loop/channel.h"

#include <algorithm>
#include <cassert>

namespace gatehouse::loop {

Loop::Loop(std::unique_ptr<Backend> backend)
    : backend_(std::move(backend)), now_(backend_->now()), wall_(backend_->wall_time()), timers_(now_) {}

Loop::~Loop() { assert(ready_.empty() && fresh_.empty()); }

void Loop::arm(Timer& timer, Duration after) {
    // beyond ten years is for ever; keeps the addition from overflowing
    constexpr Duration longest = std::chrono::hours(24 * 3650);
    timers_.arm(timer, now_ + std::min(after, longest));
}

void Loop::post(std::function<void()> message) {
    {
        const std::lock_guard lock(mailbox_mutex_);
        mailbox_.push_back(std::move(message));
    }
    if (!mail_.exchange(true)) backend_->wake();
}

void Loop::stop() {
    stopping_ = true;
    backend_->wake();
}

void Loop::run() {
    while (!stopping_) turn(forever);
    stopping_ = false;
}

void Loop::turn(Duration longest_wait) {
    const bool busy = !ready_.empty() || !fresh_.empty() || mail_.load(std::memory_order_acquire);
    const auto timeout = busy ? Duration::zero() : std::min(longest_wait, timers_.until_next(now_));
    const auto events = backend_->wait(timeout);
    now_ = backend_->now();
    wall_ = backend_->wall_time();
    take_readiness(events);
    timers_.advance(now_);
    take_messages();
    resume_ready();
    if (turn_end_) turn_end_();
}

void Loop::take_readiness(std::span<const Readiness> events) {
    for (const Readiness& event : events) {
        Channel& channel = *event.channel;
        channel.readable |= event.readable || event.peer_closed || event.hangup;
        channel.writable |= event.writable || event.hangup;
        channel.peer_closed |= event.peer_closed;
        channel.hangup |= event.hangup;
        // attempts run system calls only; no coroutine runs here, so no channel dies before its events were
        // taken
        if (channel.reader_ != nullptr && channel.readable) channel.reader_->on_ready();
        if (channel.writer_ != nullptr && channel.writable) channel.writer_->on_ready();
        if (channel.on_hangup_ != nullptr) channel.on_hangup_->look();
    }
}

void Loop::take_messages() {
    if (!mail_.exchange(false)) return;
    std::vector<std::function<void()>> messages;
    {
        const std::lock_guard lock(mailbox_mutex_);
        messages.swap(mailbox_);
    }
    for (const auto& message : messages) message();
}

// Only what is ready now: a strand that readies another in turn must not keep the loop from looking at the
// world.
void Loop::resume_ready() {
    IntrusiveList<Waiter> batch;
    batch.splice_back(ready_);
    while (!batch.empty()) resume(batch.pop_front());

    for (int i = 0; i < fresh_per_turn && !fresh_.empty(); ++i) resume(fresh_.pop_front());
}

void Loop::resume(Waiter& waiter) {
    waiter.strand_->waiting_ = nullptr;
    waiter.handle_.resume();
}

void Event::set() {
    set_ = true;
    notify_all();
}

void Event::notify_one() {
    if (!waiters_.empty()) waiters_.front().complete();
}

void Event::notify_all() {
    while (!waiters_.empty()) waiters_.front().complete();
}

Event::Wait Event::wait(Duration timeout) { return Wait(*this, timeout); }

}   // namespace gatehouse::loop
