#pragma once
// What limits remember of each source of requests, shared by all workers and bounded. Thread-safe; held by
// the filter's settings and by exchanges under way, so that they may outlive a snapshot.

#include "base/text.h"

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::model {

// Token buckets. Of too many sources those heard of longest ago are forgotten: their buckets are full again.
class SourceBuckets {
public:
    static constexpr std::size_t most_sources = 65536;

    struct Rate {
        double tokens_per_second = 0;   // > 0
        double burst = 1;
        std::chrono::nanoseconds most_delay{0};
    };
    struct Answer {
        bool allowed = false;
        std::chrono::nanoseconds delay{0};   // to be waited first; or, if not allowed, until it would be
    };
    // Takes a token, perhaps one of the future. `now` is of a steady clock.
    [[nodiscard]] Answer take(std::string_view source, const Rate& rate, std::chrono::nanoseconds now);
    [[nodiscard]] std::size_t size() const;

private:
    struct Bucket {
        std::string source;
        double tokens = 0;   // below 0: promised already
        std::chrono::nanoseconds filled_at{0};
    };
    mutable std::mutex mutex_;
    std::list<Bucket> buckets_;   // heard of last first
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_source_;
};

// How many of each source are under way. As many sources as there are requests.
class SourceCounts {
public:
    [[nodiscard]] bool add(std::string_view source, std::uint64_t most);   // false: there are as many
    void remove(std::string_view source);
    [[nodiscard]] std::size_t size() const;

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::uint64_t, TextHash, std::equal_to<>> counts_;
};

}   // namespace gatehouse::model
