#pragma once
// Answers of some statuses are replaced by what a service says about them: Traefik's `errors`.

#include "model/filters/status_ranges.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::model {

struct Route;

struct ErrorService {
    StatusRanges statuses;
    std::vector<std::pair<StatusRanges, int>> rewrites;   // the first that fits is the status answered
    // Path and query to ask for, after {status} (as answered), {originalStatus} and {url} (as asked for,
    // escaped) were put in.
    std::string query;
    std::shared_ptr<const Route> page;   // forwards to the service; it has no filters of its own
};

}   // namespace gatehouse::model
