#pragma once
// One worker's thread: a loop over epoll and the worker on it, which is made, used and destroyed on that
// thread. The owner talks to it by messages; answers are called on the worker's thread.

#include "exchange/worker.h"
#include "loop/loop.h"

#include <functional>
#include <memory>
#include <thread>

namespace gatehouse::process {

class WorkerThread {
public:
    WorkerThread(exchange::Shared& shared, unsigned index, unsigned worker_count);
    ~WorkerThread();   // waits for the thread; the worker must be drained
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

    void apply(std::shared_ptr<const model::Publication> publication, std::function<void()> applied);
    // left: it accepts no more; drained: nothing is under way
    void drain(loop::Duration limit, std::function<void()> left, std::function<void()> drained);

private:
    void run(unsigned index, unsigned worker_count);

    exchange::Shared& shared_;
    loop::Loop loop_;
    exchange::Worker* worker_ = nullptr;   // the thread's own
    std::thread thread_;
};

}   // namespace gatehouse::process
