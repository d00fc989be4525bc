#include "model/filters/traffic_window.h"

#include <algorithm>
#include <cmath>

namespace gatehouse::model {
namespace {

constexpr int first_status = 100;

std::int64_t second_of(TrafficWindow::Time now) {
    return std::chrono::floor<std::chrono::seconds>(now).count();
}

}   // namespace

std::size_t TrafficWindow::bucket_of(Time latency) {
    const auto microseconds = std::max<double>(1, std::chrono::duration<double, std::micro>(latency).count());
    const auto bucket = static_cast<std::size_t>(std::log2(microseconds) * 8);
    return std::min(bucket, latency_buckets - 1);
}

double TrafficWindow::milliseconds_of(std::size_t bucket) {
    return std::exp2((static_cast<double>(bucket) + 0.5) / 8) / 1000;
}

bool TrafficWindow::is_recent(const Slot& slot, Time now) {
    return slot.second >= 0 && second_of(now) - slot.second < static_cast<std::int64_t>(slot_count);
}

void TrafficWindow::add(int status, Time latency, Time now) {
    const auto second = second_of(now);
    Slot& slot = slots_[static_cast<std::size_t>(second) % slot_count];
    if (slot.second != second) {
        slot = Slot{};
        slot.second = second;
    }
    const auto index = std::clamp<int>(status - first_status, 0, static_cast<int>(slot.statuses.size()) - 1);
    ++slot.statuses[static_cast<std::size_t>(index)];
    ++slot.latencies[bucket_of(latency)];
}

void TrafficWindow::clear() { slots_.fill(Slot{}); }

std::uint64_t TrafficWindow::count(int from, int to, Time now) const {
    std::uint64_t sum = 0;
    for (const auto& slot : slots_) {
        if (!is_recent(slot, now)) continue;
        const int last = first_status + static_cast<int>(slot.statuses.size());
        for (int status = std::max(from, first_status); status < std::min(to, last); ++status)
            sum += slot.statuses[static_cast<std::size_t>(status - first_status)];
    }
    return sum;
}

std::uint64_t TrafficWindow::requests(Time now) const { return count(0, 1000, now); }

double TrafficWindow::network_error_ratio(Time now) const {
    const auto all = requests(now);
    if (all == 0) return 0;
    const auto errors = count(502, 503, now) + count(504, 505, now);
    return static_cast<double>(errors) / static_cast<double>(all);
}

double TrafficWindow::status_ratio(int from, int to, int divided_from, int divided_to, Time now) const {
    const auto divisor = count(divided_from, divided_to, now);
    if (divisor == 0) return 0;
    return static_cast<double>(count(from, to, now)) / static_cast<double>(divisor);
}

double TrafficWindow::latency(double quantile, Time now) const {
    const auto all = requests(now);
    if (all == 0) return 0;
    const double wanted =
        std::max(1.0, std::ceil(static_cast<double>(all) * std::clamp(quantile, 0.0, 100.0) / 100));
    double seen = 0;
    for (std::size_t bucket = 0; bucket < latency_buckets; ++bucket) {
        for (const auto& slot : slots_) {
            if (is_recent(slot, now)) seen += slot.latencies[bucket];
        }
        if (seen >= wanted) return milliseconds_of(bucket);
    }
    return milliseconds_of(latency_buckets - 1);
}

}   // namespace gatehouse::model
