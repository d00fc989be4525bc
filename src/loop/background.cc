#include "loop/background.h"

#include <utility>

namespace gatehouse::loop {
namespace {

// Between the thread and the strand. The event is touched on the loop's thread only.
struct Reply {
    Event done;
};

}   // namespace

Background::~Background() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
        waiting_.clear();
    }
    more_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Background::submit(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        if (waiting_.size() >= most_waiting) return false;
        waiting_.push_back(std::move(work));
        if (!thread_.joinable()) thread_ = std::thread([this] { serve(); });
    }
    more_.notify_one();
    return true;
}

void Background::serve() {
    std::unique_lock lock(mutex_);
    while (true) {
        more_.wait(lock, [&] { return ending_ || !waiting_.empty(); });
        if (ending_) return;
        const auto work = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        work();
        lock.lock();
    }
}

Task<Result<>> run_in_background(Background* background, std::function<void()> work) {
    if (background == nullptr) {
        work();
        co_return Result<>();
    }
    auto& loop = (co_await this_strand()).loop();
    const auto reply = std::make_shared<Reply>();
    std::function<void()> job = [&loop, reply, work = std::move(work)] {
        work();
        loop.post([reply] { reply->done.set(); });
    };
    if (!background->submit(std::move(job))) co_return fail(ErrorCode::too_large, "background work");
    co_return co_await reply->done.wait();
}

}   // namespace gatehouse::loop
