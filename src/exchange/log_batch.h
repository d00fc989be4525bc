#pragma once
// A worker's log lines of one loop turn, by sink: handed to the log writer together at the end of the turn, so that logging
// costs an append per request and one lock per turn.

#include "log/log_writer.h"
#include "model/log_format.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::exchange {

class LogBatch {
public:
    explicit LogBatch(log::LogWriter& writer) : writer_(writer) {}

    // Where to append a line (with its '\n') for this log.
    [[nodiscard]] std::string& lines_for(const model::AccessLog& access_log);
    void submit();
    void forget_logs() { sinks_.clear(); }   // access logs of a former publication may be gone

private:
    struct Batch {
        log::SinkId sink = 0;
        std::string lines;
    };
    log::LogWriter& writer_;
    std::unordered_map<const model::AccessLog*, std::size_t> sinks_;   // → batches_
    std::vector<Batch> batches_;
    bool pending_ = false;
};

}   // namespace gatehouse::exchange
