#pragma once
// Background: a thread for the few things that compute so long that a loop must not (a password's hash made
// slow on purpose). A strand asks and waits; the answer comes as a message to its loop. The queue is bounded.
// Without one (null) the work is done in place: simulated worlds have one thread. It must end before the
// loops that ask it.

#include "loop/loop.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace gatehouse::loop {

class Background {
public:
    static constexpr std::size_t most_waiting = 64;

    Background() = default;   // the thread begins with the first work
    ~Background();            // what has not begun is dropped
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    // From any thread; false: too much is waiting already.
    [[nodiscard]] bool submit(std::function<void()> work);

private:
    void serve();

    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::function<void()>> waiting_;
    bool ending_ = false;
    std::thread thread_;
};

// `work` owns all it works on: it goes on when the strand that asked does not wait any more. too_large: the
// queue is full.
[[nodiscard]] Task<Result<>> run_in_background(Background* background, std::function<void()> work);

}   // namespace gatehouse::loop
