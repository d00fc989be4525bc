#pragma once
// How often a request is tried again, in place of what its handler says (ForwardHandler::next): Traefik's
// `retry`. What an endpoint may have begun to act on is tried again only because of a status, and only if the
// method may be repeated.

#include "model/filters/status_ranges.h"

#include <chrono>
#include <cstdint>

namespace gatehouse::model {

struct Retry {
    unsigned attempts = 1;                            // in all
    std::chrono::milliseconds initial_interval{0};    // before the second; up to twice that before the last
    std::chrono::milliseconds timeout{0};             // no further one begins after this; 0: no limit
    StatusRanges statuses;                            // answers that are no good
    bool on_network_error = true;                     // when nothing of the request was sent
    bool non_idempotent = false;                      // statuses: also POST, PATCH and LOCK
    std::uint64_t max_body_bytes = 2 * 1024 * 1024;   // larger bodies are not kept for another attempt
};

}   // namespace gatehouse::model
