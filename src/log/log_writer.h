#pragma once
// The one thread that writes log files, so that a full disk or a blocked terminal never stalls a worker.
// Workers hand over whole lines in batches (once per loop turn); the queue is bounded, and lines beyond the
// bound are dropped, counted and reported in the error log. Sinks are named by path and opened by whoever has
// the right to (the keeper), by descriptor. Thread-safe.

#include "base/text.h"
#include "log/run_time_files.h"
#include "log/sink.h"
#include "model/log_format.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace gatehouse::log {

using SinkId = std::uint32_t;

class LogWriter {
public:
    static constexpr std::size_t queue_bytes = 64U << 20;
    static constexpr std::size_t sink_bytes =
        queue_bytes / 4;   // of one sink: one that blocks leaves room for the others

    LogWriter();
    ~LogWriter();   // writes what is queued, waiting at most one second for a descriptor that blocks
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // The same path gives the same id for ever. `fd` replaces the former descriptor (reopen); the writer owns
    // it.
    SinkId open(std::string_view path, int fd);
    [[nodiscard]] SinkId find(
        std::string_view path) const;   // of an opened path; missing: the discarding sink, 0
    // Whole lines, each ended by '\n'. buffer_bytes/flush: nginx's buffering of this sink, 0: write at once.
    void write(SinkId sink, std::string lines);
    // Whole lines for a file that only requests name: opened by the thread, with the rights of the process.
    void write_to(std::string_view path, std::string_view lines);
    void set_buffering(SinkId sink, std::size_t buffer_bytes, std::chrono::milliseconds flush);
    // Blocks until everything queued before was written or dropped, but for what a blocked descriptor does
    // not take.
    void flush();
    [[nodiscard]] std::uint64_t dropped_lines() const { return dropped_.load(std::memory_order_relaxed); }

private:
    using Clock = std::chrono::steady_clock;
    struct Entry;    // one sink, and what waits for it
    struct Orders;   // what a pass of the thread was asked to do

    void enqueue(Entry& entry, std::string lines, int fd);
    void mark(Entry& entry);
    void wake() const;
    void run();
    Orders take();
    void absorb(Entry& entry, Clock::time_point now);
    void write_out(Entry& entry);
    void write_busy(bool write_everything, Clock::time_point now);
    void report_losses(Clock::time_point now);
    void rest() const;
    [[nodiscard]] bool may_sleep();
    void sleep_until_needed(Clock::time_point latest) const;
    [[nodiscard]] bool anything_pending() const;

    mutable std::mutex mutex_;
    std::condition_variable flushed_;
    std::vector<std::unique_ptr<Entry>> entries_;   // by id; 0 discards
    std::unordered_map<std::string, SinkId, TextHash, std::equal_to<>> ids_;
    std::vector<Entry*> marked_;   // have something new for the thread
    RunTimeFiles run_time_files_;
    std::uint64_t flushes_wanted_ = 0;
    std::uint64_t flushes_done_ = 0;
    bool stopping_ = false;
    bool awake_ = true;   // the thread will look at marked_ before it sleeps

    std::atomic<std::size_t> queued_bytes_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::vector<Entry*> taken_;   // the thread's own: entries of this pass …
    std::vector<Entry*> busy_;    // … and all that hold something unwritten or unreported
    RunTimeFiles::Batch run_time_lines_;
    int wake_;
    std::thread thread_;
};

}   // namespace gatehouse::log
