#include "tls/early_data.h"

namespace gatehouse::tls {

EarlyDataRecord& EarlyDataRecord::shared() {
    static EarlyDataRecord record;
    return record;
}

bool EarlyDataRecord::is_first(std::string_view hello, std::int64_t unix_seconds) {
    std::string key(hello);
    const std::scoped_lock lock(mutex_);
    if (unix_seconds >= began_ + period_seconds) {
        former_.swap(latest_);
        latest_.clear();
        if (unix_seconds >= began_ + 2 * period_seconds) former_.clear();
        began_ = unix_seconds;
    }
    if (latest_.size() >= limit || former_.contains(key)) return false;
    return latest_.insert(std::move(key)).second;
}

}   // namespace gatehouse::tls
