#pragma once
// The one thread that writes log files, so that a full disk or a blocked terminal never stalls a worker. Workers hand over
// whole lines in batches (once per loop turn); the queue is bounded, and lines beyond the bound are dropped, counted and
// reported in the error log. Sinks are named by path and opened by whoever has the right to (the keeper), by descriptor.
// Thread-safe.

#include "model/log_format.h"

#include <atomic>
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

    LogWriter();
    ~LogWriter();   // writes what is queued, waiting at most one second for a descriptor that blocks
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    // The same path gives the same id for ever. `fd` replaces the former descriptor (reopen); the writer owns it.
    SinkId open(std::string_view path, int fd);
    [[nodiscard]] SinkId find(std::string_view path) const;   // of an opened path; missing: the discarding sink, 0
    // Whole lines, each ended by '\n'. buffer_bytes/flush: nginx's buffering of this sink, 0: write at once.
    void write(SinkId sink, std::string lines);
    void set_buffering(SinkId sink, std::size_t buffer_bytes, std::chrono::milliseconds flush);
    void flush();   // blocks until everything queued before was written or dropped
    [[nodiscard]] std::uint64_t dropped_lines() const;
};

}   // namespace gatehouse::log
