#include "exchange/log_batch.h"

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {

std::string& LogBatch::lines_for(const model::AccessLog& access_log) {
    pending_ = true;
    if (const auto known = sinks_.find(&access_log); known != sinks_.end())
        return batches_[known->second].lines;
    const auto sink = writer_.find(access_log.path);
    const std::size_t buffer_bytes = std::min(access_log.buffer_bytes, most_bytes);
    auto batch = std::ranges::find_if(
        batches_, [&](const Batch& b) { return b.sink == sink && b.buffer_bytes == buffer_bytes; });
    if (batch == batches_.end()) {
        batches_.push_back({sink, buffer_bytes, {}});
        batch = batches_.end() - 1;
    }
    sinks_.emplace(&access_log, static_cast<std::size_t>(batch - batches_.begin()));
    return batch->lines;
}

std::string& LogBatch::lines_for(std::string_view path) {
    pending_ = true;
    auto known = run_time_lines_.find(path);
    if (known == run_time_lines_.end()) known = run_time_lines_.emplace(path, std::string()).first;
    return known->second;
}

void LogBatch::hand_over(Batch& batch) {
    if (batch.lines.empty()) return;
    std::string lines;
    lines.reserve(batch.lines.capacity());
    lines.swap(batch.lines);
    writer_.write(batch.sink, std::move(lines));
}

void LogBatch::end_turn() {
    if (!std::exchange(pending_, false)) return;
    hand_over_run_time_lines();
    for (auto& batch : batches_) {
        if (batch.lines.size() >= batch.buffer_bytes) {
            hand_over(batch);
        } else if (!batch.lines.empty() && !later_.armed()) {
            loop_.arm(later_, longest_wait);
        }
    }
}

void LogBatch::hand_over_run_time_lines() {
    for (const auto& [path, lines] : run_time_lines_) writer_.write_to(path, lines);
    run_time_lines_.clear();
}

void LogBatch::submit() {
    hand_over_run_time_lines();
    for (auto& batch : batches_) hand_over(batch);
}

}   // namespace gatehouse::exchange
