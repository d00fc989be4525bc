#pragma once
// A worker's log lines by sink, handed to the log writer together: those of an unbuffered log at the end of
// the loop's turn, those of a buffered one when there is a good deal of them, or a moment later. So logging
// costs an append per request.

#include "log/log_writer.h"
#include "loop/loop.h"
#include "model/log_format.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::exchange {

class LogBatch {
public:
    LogBatch(loop::Loop& loop, log::LogWriter& writer) : loop_(loop), writer_(writer), later_(*this) {}

    // Where to append a line (with its '\n') for this log.
    [[nodiscard]] std::string& lines_for(const model::AccessLog& access_log);
    // The same for a file that only requests name.
    [[nodiscard]] std::string& lines_for(std::string_view path);
    void end_turn();                         // hands over what must not wait
    void submit();                           // hands over everything
    void forget_logs() { sinks_.clear(); }   // access logs of a former publication may be gone

private:
    // Of a buffered log: handed over at its buffer's size, at most this, or this late.
    static constexpr std::size_t most_bytes = 64 * 1024;
    static constexpr loop::Duration longest_wait = std::chrono::milliseconds(100);

    struct Batch {
        log::SinkId sink = 0;
        std::size_t buffer_bytes = 0;   // 0: a line is handed over in the turn it was written
        std::string lines;
    };
    struct Later final : loop::Timer {
        explicit Later(LogBatch& of) : batch(of) {}
        void fire() override { batch.submit(); }
        LogBatch& batch;
    };
    void hand_over(Batch& batch);
    void hand_over_run_time_lines();

    loop::Loop& loop_;
    log::LogWriter& writer_;
    Later later_;
    std::unordered_map<const model::AccessLog*, std::size_t> sinks_;   // → batches_
    std::vector<Batch> batches_;
    log::RunTimeFiles::Lines run_time_lines_;   // of this turn
    bool pending_ = false;
};

}   // namespace gatehouse::exchange
