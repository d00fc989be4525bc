#include "main/worker_thread.h"

#include "loop/epoll/epoll_backend.h"

#include <fmt/format.h>

#include <pthread.h>

#include <csignal>
#include <utility>

namespace gatehouse::process {

WorkerThread::WorkerThread(exchange::Shared& shared, unsigned index, unsigned worker_count)
    : shared_(shared), loop_(std::make_unique<loop::EpollBackend>()) {
    sigset_t all{};
    sigset_t former{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);   // inherited by the thread
    thread_ = std::thread([this, index, worker_count] { run(index, worker_count); });
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

WorkerThread::~WorkerThread() {
    loop_.stop();
    thread_.join();
}

void WorkerThread::run(unsigned index, unsigned worker_count) {
    pthread_setname_np(pthread_self(), fmt::format("worker {}", index).c_str());
    exchange::Worker worker(loop_, shared_, index, worker_count);
    worker_ = &worker;
    loop_.run();
}

void WorkerThread::apply(std::shared_ptr<const model::Publication> publication,
                         std::function<void()> applied) {
    loop_.post([this, publication = std::move(publication), applied = std::move(applied)]() mutable {
        worker_->apply(std::move(publication));
        applied();
    });
}

void WorkerThread::drain(loop::Duration limit, std::function<void()> left, std::function<void()> drained) {
    loop_.post([this, limit, left = std::move(left), drained = std::move(drained)]() mutable {
        worker_->drain(limit, std::move(drained));
        left();
    });
}

}   // namespace gatehouse::process
