#include "model/filters/source_table.h"

#include <algorithm>

namespace gatehouse::model {

using std::chrono::nanoseconds;

namespace {

double seconds_of(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}   // namespace

SourceBuckets::Answer SourceBuckets::take(std::string_view source, const Rate& rate, nanoseconds now) {
    const std::lock_guard lock(mutex_);
    const auto known = by_source_.find(source);
    if (known == by_source_.end()) {
        if (by_source_.size() >= most_sources) {
            by_source_.erase(buckets_.back().source);
            buckets_.pop_back();
        }
        buckets_.push_front({.source = std::string(source), .tokens = rate.burst, .filled_at = now});
        by_source_.emplace(buckets_.front().source, buckets_.begin());
    } else {
        buckets_.splice(buckets_.begin(), buckets_, known->second);
    }
    Bucket& bucket = buckets_.front();
    if (now > bucket.filled_at) {   // workers' clocks are of different turns
        const double earned = seconds_of(now - bucket.filled_at) * rate.tokens_per_second;
        bucket.tokens = std::min(rate.burst, bucket.tokens + earned);
        bucket.filled_at = now;
    }
    const double left = bucket.tokens - 1;
    const auto delay =
        left >= 0
            ? nanoseconds(0)
            : nanoseconds(static_cast<std::int64_t>(std::min(-left / rate.tokens_per_second, 1e8) * 1e9));
    if (delay > rate.most_delay) return {.allowed = false, .delay = delay};
    bucket.tokens = left;
    return {.allowed = true, .delay = delay};
}

std::size_t SourceBuckets::size() const {
    const std::lock_guard lock(mutex_);
    return by_source_.size();
}

bool SourceCounts::add(std::string_view source, std::uint64_t most) {
    const std::lock_guard lock(mutex_);
    const auto known = counts_.find(source);
    if (known == counts_.end()) {
        if (most == 0) return false;
        counts_.emplace(source, 1);
        return true;
    }
    if (known->second >= most) return false;
    ++known->second;
    return true;
}

void SourceCounts::remove(std::string_view source) {
    const std::lock_guard lock(mutex_);
    const auto known = counts_.find(source);
    if (known != counts_.end() && --known->second == 0) counts_.erase(known);
}

std::size_t SourceCounts::size() const {
    const std::lock_guard lock(mutex_);
    return counts_.size();
}

}   // namespace gatehouse::model
