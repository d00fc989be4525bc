#include "exchange/log_batch.h"

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {

std::string& LogBatch::lines_for(const model::AccessLog& access_log) {
    pending_ = true;
    if (const auto known = sinks_.find(&access_log); known != sinks_.end()) return batches_[known->second].lines;
    const auto sink = writer_.find(access_log.path);
    auto batch = std::ranges::find(batches_, sink, &Batch::sink);
    if (batch == batches_.end()) {
        batches_.push_back({sink, {}});
        batch = batches_.end() - 1;
    }
    sinks_.emplace(&access_log, static_cast<std::size_t>(batch - batches_.begin()));
    return batch->lines;
}

void LogBatch::submit() {
    if (!std::exchange(pending_, false)) return;
    for (auto& batch : batches_) {
        if (!batch.lines.empty()) writer_.write(batch.sink, std::exchange(batch.lines, {}));
    }
}

}   // namespace gatehouse::exchange
