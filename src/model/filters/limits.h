#pragma once
// Filters that let only some requests pass: by address, by rate, by how many are under way.

#include "model/filters/source.h"
#include "model/filters/source_table.h"

#include <chrono>
#include <memory>
#include <vector>

namespace gatehouse::model {

struct AllowAddresses {
    std::vector<Network> networks;
    AddressChoice address;
    int reject_status = 403;
};

// A token bucket for each source: `burst` requests at once, and `average` in each period. One that comes a
// little early waits, up to half the time between two requests (at most half a second).
struct RequestRate {
    std::uint64_t average = 0;   // 0: no limit
    std::chrono::nanoseconds period = std::chrono::seconds(1);
    std::uint64_t burst = 1;
    SourceCriterion source;
    std::shared_ptr<SourceBuckets> buckets = std::make_shared<SourceBuckets>();   // of all workers
};

struct RequestsInFlight {
    std::uint64_t most = 0;   // of each source; 0: no limit
    SourceCriterion source{.kind = SourceCriterion::Kind::host, .address = {}, .field = {}};
    std::shared_ptr<SourceCounts> counts = std::make_shared<SourceCounts>();   // of all workers
};

}   // namespace gatehouse::model
