#pragma once
// What a service's answers were like in the last ten seconds: counts by status, and latencies in buckets that
// are a few percent wide. Not thread-safe by itself.

#include <array>
#include <chrono>
#include <cstdint>

namespace gatehouse::model {

class TrafficWindow {
public:
    using Time = std::chrono::nanoseconds;   // of a steady clock

    void add(int status, Time latency, Time now);
    void clear();

    [[nodiscard]] std::uint64_t requests(Time now) const;
    // Of 502 and 504 among all; 0 without requests.
    [[nodiscard]] double network_error_ratio(Time now) const;
    // Of statuses in [from, to) among those in [divided_from, divided_to); 0 without any of the latter.
    [[nodiscard]] double status_ratio(int from, int to, int divided_from, int divided_to, Time now) const;
    // In milliseconds; `quantile` in percent.
    [[nodiscard]] double latency(double quantile, Time now) const;

private:
    static constexpr std::size_t slot_count = 10;         // of a second each
    static constexpr std::size_t latency_buckets = 192;   // 8 for each doubling of a microsecond
    struct Slot {
        std::int64_t second = -1;
        std::array<std::uint32_t, 500> statuses{};   // from 100 on
        std::array<std::uint32_t, latency_buckets> latencies{};
    };
    [[nodiscard]] static std::size_t bucket_of(Time latency);
    [[nodiscard]] static double milliseconds_of(std::size_t bucket);
    [[nodiscard]] static bool is_recent(const Slot& slot, Time now);
    [[nodiscard]] std::uint64_t count(int from, int to, Time now) const;

    std::array<Slot, slot_count> slots_;
};

}   // namespace gatehouse::model
