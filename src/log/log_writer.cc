#include "log/log_writer.h"

#include "log/error_log.h"

#include <fmt/format.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace gatehouse::log {
namespace {

using namespace std::chrono_literals;
constexpr auto last_wait = 1s;          // of the destructor, for a descriptor that blocks
constexpr auto between_batches = 2ms;   // under load a turn of every worker has lines: one write for many
constexpr auto between_reports = 60s;   // of losses of one sink

int make_wake() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd >= 0) return fd;
    std::perror("eventfd");
    std::abort();
}

}   // namespace

struct LogWriter::Entry {
    struct Item {
        std::string lines;
        int fd = -1;   // not -1: from here on lines go to this descriptor
    };
    explicit Entry(std::string_view named) : path(named) {}
    ~Entry() {
        for (const Item& item : incoming) {
            if (item.fd >= 0) ::close(item.fd);
        }
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    const std::string path;

    // under the writer's mutex
    std::vector<Item> incoming;
    std::size_t buffer_bytes = 0;
    std::chrono::milliseconds flush{0};
    bool marked = false;

    std::atomic<std::size_t> queued_bytes{0};   // in `incoming` and in the sink
    std::atomic<std::uint64_t> refused{0};      // lines beyond the bound, since the latest report

    // the thread's
    Sink sink;
    std::vector<Item> taken;
    std::size_t hold_bytes = 0;   // buffer_bytes and flush as of the latest take()
    std::chrono::milliseconds hold_time{0};
    Clock::time_point due = Clock::time_point::max();   // when what is held must be written
    bool busy = false;
    bool blocked = false;
    std::uint64_t lost = 0;   // lines the descriptor failed to take, since the latest report
    int os_error = 0;
    Clock::time_point next_report{};

    [[nodiscard]] bool holds(Clock::time_point now) const {
        return sink.pending_bytes() < hold_bytes && now < due;
    }
    [[nodiscard]] bool has_losses() const { return lost > 0 || refused.load(std::memory_order_relaxed) > 0; }
};

struct LogWriter::Orders {
    std::uint64_t flush_ticket = 0;
    bool stop = false;
};

LogWriter::LogWriter() : wake_(make_wake()) {
    entries_.push_back(std::make_unique<Entry>(""));
    // No signal is ever for this thread, not even the SIGPIPE of a closed stdout. Threads inherit the mask.
    sigset_t all{};
    sigset_t former{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
}

LogWriter::~LogWriter() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
    ::close(wake_);
}

void LogWriter::wake() const { eventfd_write(wake_, 1); }

void LogWriter::enqueue(Entry& entry, std::string lines, int fd) {
    if (!lines.empty() || fd >= 0) entry.incoming.push_back({std::move(lines), fd});
    mark(entry);
}

void LogWriter::mark(Entry& entry) {
    if (std::exchange(entry.marked, true)) return;
    marked_.push_back(&entry);
    // the thread takes everything that is marked before it sleeps again, so the first mark alone has to wake
    // it
    if (marked_.size() == 1) wake();
}

SinkId LogWriter::open(std::string_view path, int fd) {
    const std::lock_guard lock(mutex_);
    auto known = ids_.find(path);
    if (known == ids_.end()) {
        known = ids_.emplace(path, static_cast<SinkId>(entries_.size())).first;
        entries_.push_back(std::make_unique<Entry>(path));
    }
    enqueue(*entries_[known->second], {}, fd);
    return known->second;
}

SinkId LogWriter::find(std::string_view path) const {
    const std::lock_guard lock(mutex_);
    const auto known = ids_.find(path);
    return known == ids_.end() ? 0 : known->second;
}

void LogWriter::write(SinkId sink, std::string lines) {
    if (lines.empty() || sink == 0) return;
    const std::size_t bytes = lines.size();
    const std::lock_guard lock(mutex_);
    Entry& entry = *entries_.at(sink);
    if (entry.queued_bytes.load(std::memory_order_relaxed) + bytes > sink_bytes ||
        queued_bytes_.load(std::memory_order_relaxed) + bytes > queue_bytes) {
        const std::uint64_t count = count_lines(lines);
        entry.refused.fetch_add(count, std::memory_order_relaxed);
        dropped_.fetch_add(count, std::memory_order_relaxed);
        lines.clear();
    } else {
        entry.queued_bytes.fetch_add(bytes, std::memory_order_relaxed);
        queued_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    }
    enqueue(entry, std::move(lines), -1);
}

void LogWriter::write_to(std::string_view path, std::string_view lines) {
    if (lines.empty()) return;
    const std::lock_guard lock(mutex_);
    dropped_.fetch_add(run_time_files_.add(path, lines), std::memory_order_relaxed);
    mark(*entries_.front());   // which has nothing of its own: the thread looks for both
}

void LogWriter::set_buffering(SinkId sink, std::size_t buffer_bytes, std::chrono::milliseconds flush) {
    const std::lock_guard lock(mutex_);
    Entry& entry = *entries_.at(sink);
    entry.buffer_bytes = buffer_bytes;
    entry.flush = flush;
    enqueue(entry, {}, -1);
}

void LogWriter::flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = ++flushes_wanted_;
    wake();
    flushed_.wait(lock, [&] { return flushes_done_ >= ticket; });
}

void LogWriter::run() {
    auto give_up = Clock::time_point::max();
    for (;;) {
        const Orders orders = take();
        const auto now = Clock::now();
        for (Entry* entry : taken_) absorb(*entry, now);
        dropped_.fetch_add(run_time_files_.write(run_time_lines_, now), std::memory_order_relaxed);
        write_busy(orders.stop || orders.flush_ticket > 0, now);
        report_losses(now);
        if (orders.flush_ticket > 0) {
            const std::lock_guard lock(mutex_);
            flushes_done_ = orders.flush_ticket;
            flushed_.notify_all();
        }
        if (orders.stop) {
            give_up = std::min(give_up, now + last_wait);
            if (!anything_pending() || now >= give_up) return;
        }
        if (!taken_.empty()) rest();
        if (may_sleep()) sleep_until_needed(give_up);
    }
}

LogWriter::Orders LogWriter::take() {
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
    const std::lock_guard lock(mutex_);
    awake_ = true;
    taken_.swap(marked_);
    marked_.clear();
    run_time_lines_ = run_time_files_.take();
    for (Entry* entry : taken_) {
        entry->marked = false;
        entry->taken.swap(entry->incoming);
        entry->hold_bytes = entry->buffer_bytes;
        entry->hold_time = entry->flush;
    }
    return {.flush_ticket = flushes_wanted_ > flushes_done_ ? flushes_wanted_ : 0, .stop = stopping_};
}

// Lines and descriptors in the order they came: what was logged before a reopen goes to the former file.
void LogWriter::absorb(Entry& entry, Clock::time_point now) {
    if (entry.sink.pending_bytes() == 0) {
        entry.due = entry.hold_time.count() > 0 ? now + entry.hold_time : Clock::time_point::max();
    }
    for (Entry::Item& item : entry.taken) {
        if (item.fd >= 0) {
            write_out(entry);
            entry.sink.adopt(item.fd);
        } else {
            entry.sink.add(std::move(item.lines));
        }
    }
    entry.taken.clear();
    if (!std::exchange(entry.busy, true)) busy_.push_back(&entry);
}

void LogWriter::write_out(Entry& entry) {
    if (entry.sink.pending_bytes() == 0) return;
    const Sink::Outcome outcome = entry.sink.write();
    entry.blocked = outcome.blocked;
    entry.queued_bytes.fetch_sub(outcome.bytes, std::memory_order_relaxed);
    queued_bytes_.fetch_sub(outcome.bytes, std::memory_order_relaxed);
    if (outcome.lost_lines == 0) return;
    entry.lost += outcome.lost_lines;
    entry.os_error = outcome.os_error;
    dropped_.fetch_add(outcome.lost_lines, std::memory_order_relaxed);
}

void LogWriter::write_busy(bool write_everything, Clock::time_point now) {
    std::erase_if(busy_, [&](Entry* entry) {
        if (write_everything || !entry->holds(now)) write_out(*entry);
        entry->busy = entry->sink.pending_bytes() > 0 || entry->has_losses();
        return !entry->busy;
    });
}

// At once for the first loss of a sink, then at most once a minute: a full disk must not fill another one.
void LogWriter::report_losses(Clock::time_point now) {
    for (Entry* entry : busy_) {
        if (!entry->has_losses() || now < entry->next_report) continue;
        entry->next_report = now + between_reports;
        if (const std::uint64_t lost = std::exchange(entry->lost, 0); lost > 0) {
            write_error(LogLevel::crit,
                        fmt::format("write() to \"{}\" failed ({}: {}): {} lines lost", entry->path,
                                    entry->os_error, std::strerror(entry->os_error), lost));
        }
        if (const std::uint64_t refused = entry->refused.exchange(0); refused > 0) {
            write_error(LogLevel::crit,
                        fmt::format("\"{}\" does not take its lines fast enough: {} lines dropped",
                                    entry->path, refused));
        }
    }
}

// Ended early by flush() and the destructor only: lines wake nobody who is awake.
void LogWriter::rest() const {
    pollfd wait{.fd = wake_, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(between_batches).count()));
}

// From a yes on, lines wake the thread.
bool LogWriter::may_sleep() {
    const std::lock_guard lock(mutex_);
    awake_ = !marked_.empty();
    return !awake_;
}

bool LogWriter::anything_pending() const {
    return std::ranges::any_of(busy_, [](const Entry* entry) { return entry->sink.pending_bytes() > 0; });
}

void LogWriter::sleep_until_needed(Clock::time_point latest) const {
    std::vector<pollfd> waits{{.fd = wake_, .events = POLLIN, .revents = 0}};
    for (const Entry* entry : busy_) {
        if (entry->has_losses()) latest = std::min(latest, entry->next_report);
        if (entry->sink.pending_bytes() == 0) continue;
        if (entry->blocked) {
            waits.push_back({.fd = entry->sink.fd(), .events = POLLOUT, .revents = 0});
        } else {
            latest = std::min(latest, entry->due);
        }
    }
    int timeout_ms = -1;
    if (latest != Clock::time_point::max()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(latest - Clock::now());
        timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
    }
    ::poll(waits.data(), waits.size(), timeout_ms);
}

}   // namespace gatehouse::log
