#pragma once
// Chooses the endpoint for one attempt at a service, by the service's method, over counters that all workers
// share: the rotation, max_conns and failure windows are exact for the whole gateway. Stateless itself;
// endpoints already tried for the same request are left out. Follows nginx's meaning of weight, max_fails,
// fail_timeout, backup and down.

#include "base/random.h"
#include "base/result.h"
#include "loop/clock.h"
#include "model/service.h"
#include "upstream/endpoint_lease.h"

#include <span>
#include <string_view>

namespace gatehouse::upstream {

struct Choice {
    const model::Service& service;
    const model::EndpointSet& endpoints;
    std::span<const model::Endpoint* const> tried;
    std::string_view key;   // of ip_hash and rendezvous (address bytes) and hash
    loop::TimePoint now;
    Random& random;
    std::string_view cookie = {};   // that names an endpoint wished for (model/sticky.h); "": none
};

// no_endpoint: all are down, full, failed or tried; unresolved: the set is empty because no name has an
// address yet.
[[nodiscard]] Result<EndpointLease> choose_endpoint(const Choice& choice);

// Whether failures and max_conns allow a new attempt at this endpoint now (nginx: `down`, max_fails within
// fail_timeout).
[[nodiscard]] bool is_available(const model::Endpoint& endpoint, loop::TimePoint now, bool only_one);

// What an attempt says about its endpoint. `started`: when it was chosen.
void note_failure(model::Endpoint& endpoint, loop::TimePoint now);
void note_success(model::Endpoint& endpoint, loop::TimePoint started);
// Of a key, each name draws a number that depends on nothing else: the highest wins. What goes takes only its
// own keys with it. `weight` > 0.
[[nodiscard]] double rendezvous_score(std::string_view key, std::string_view name, unsigned weight);

// How long its response's head took: what least_time goes by.
void note_response_time(model::Endpoint& endpoint, loop::Duration took, loop::TimePoint now);

}   // namespace gatehouse::upstream
