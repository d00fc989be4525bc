#pragma once
// What the gateway counts (stub_status, limits). Each worker writes counters of its own, in cache lines of
// its own and without locked instructions; a reader adds up those of all workers. Cells outlive their worker,
// so that totals never fall when the number of workers changes.

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>

namespace gatehouse::exchange {

// Written by one thread, read by any.
class Counter {
public:
    void add(std::int64_t n = 1) {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
    void subtract(std::int64_t n = 1) { add(-n); }
    [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

struct alignas(64) Counters {
    Counter accepted, handled, requests;
    Counter active, reading, writing, waiting;   // connections now
    Counter shed_for_descriptors;                // idle connections closed because descriptors ran out
    Counter http2_abuses;                        // connections ended for what they did too often
};

class CounterBoard {
public:
    // A worker's own; valid as long as the board.
    [[nodiscard]] Counters& add_worker() {
        const std::lock_guard lock(mutex_);
        return cells_.emplace_back();
    }
    [[nodiscard]] std::int64_t total(Counter Counters::*which) const {
        const std::lock_guard lock(mutex_);
        std::int64_t sum = 0;
        for (const auto& cell : cells_) sum += (cell.*which).value();
        return sum;
    }
    [[nodiscard]] std::uint64_t next_connection_number() {
        return connection_number_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

private:
    mutable std::mutex mutex_;
    std::deque<Counters> cells_;
    std::atomic<std::uint64_t> connection_number_{0};
};

}   // namespace gatehouse::exchange
