#include "upstream/balancer.h"

#include "base/crc32.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gatehouse::upstream {
namespace {

using model::Balancing;
using model::Endpoint;
using Endpoints = std::vector<std::shared_ptr<Endpoint>>;

std::int64_t to_ns(loop::TimePoint time) { return time.time_since_epoch().count(); }

bool was_tried(const Choice& choice, const Endpoint* endpoint) {
    return std::ranges::find(choice.tried, endpoint) != choice.tried.end();
}

// A set with one endpoint ignores max_fails: there is nowhere else to go (nginx: single).
bool is_only_one(const Choice& choice) {
    return choice.endpoints.primary.size() == 1 && choice.endpoints.backup.empty();
}

bool is_eligible(const Choice& choice, const Endpoint& endpoint) {
    return !was_tried(choice, &endpoint) && is_available(endpoint, choice.now, is_only_one(choice));
}

// Two workers may see the last place under max_conns at once: only one of them gets it, and nobody ever sees
// more in flight than there may be.
bool claim_place(Endpoint& endpoint) {
    const auto most = endpoint.server.max_conns;
    if (most == 0) {
        endpoint.in_flight.fetch_add(1, std::memory_order_relaxed);
        return true;
    }
    auto in_flight = endpoint.in_flight.load(std::memory_order_relaxed);
    do {
        if (in_flight >= most) return false;
    } while (!endpoint.in_flight.compare_exchange_weak(in_flight, in_flight + 1, std::memory_order_relaxed));
    return true;
}

bool is_failed(const Endpoint& endpoint) {
    return endpoint.server.max_fails != 0 &&
           endpoint.failures.load(std::memory_order_relaxed) >= endpoint.server.max_fails;
}

bool window_is_over(const Endpoint& endpoint, std::int64_t checked_ns, loop::TimePoint now) {
    return std::chrono::nanoseconds(to_ns(now) - checked_ns) > endpoint.server.fail_timeout;
}

// After fail_timeout one attempt probes a failed endpoint; others wait for its outcome or the next window. Of
// workers that see the window's end at once, one probes.
bool claim_probe(Endpoint& endpoint, loop::TimePoint now) {
    auto checked = endpoint.checked_ns.load(std::memory_order_relaxed);
    return window_is_over(endpoint, checked, now) &&
           endpoint.checked_ns.compare_exchange_strong(checked, to_ns(now), std::memory_order_relaxed);
}

// Counts the use of an endpoint that was seen to be eligible; false: another worker was faster.
bool claim(const Choice& choice, Endpoint& endpoint) {
    if (!claim_place(endpoint)) return false;
    if (is_only_one(choice) || !is_failed(endpoint) || claim_probe(endpoint, choice.now)) return true;
    endpoint.in_flight.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

// A rotation: endpoints, an order over them, and the cursor that all workers draw tickets from.
struct Rotation {
    const Endpoints& endpoints;
    const std::vector<std::uint16_t>& order;
    std::atomic<std::uint64_t>& cursor;
};

// The endpoint whose turn it is among those that `may_have_it`.
template <class MayHaveIt>
std::shared_ptr<Endpoint> by_turn(const Choice& choice, const Rotation& rotation, MayHaveIt may_have_it) {
    // An endpoint that cannot be used passes its turn on by using up a ticket, so that the others keep equal
    // shares. A retry takes none: it must not move the turns of first attempts.
    const auto& order = rotation.order;
    auto ticket = rotation.cursor.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < order.size() && choice.tried.empty(); ++i) {
        ticket = rotation.cursor.fetch_add(1, std::memory_order_relaxed);
        const auto& endpoint = rotation.endpoints[order[ticket % order.size()]];
        if (may_have_it(*endpoint) && claim(choice, *endpoint)) return endpoint;
    }
    // Other workers draw from the same cursor: every one of these tickets may have named an endpoint that is
    // out.
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& endpoint = rotation.endpoints[order[(ticket + i) % order.size()]];
        if (may_have_it(*endpoint) && claim(choice, *endpoint)) return endpoint;
    }
    return nullptr;
}

std::shared_ptr<Endpoint> by_rotation(const Choice& choice, const Rotation& rotation) {
    return by_turn(choice, rotation, [&](const Endpoint& endpoint) { return is_eligible(choice, endpoint); });
}

// The requests in flight relative to the weight, compared without a division.
bool is_lighter(std::uint64_t load, const Endpoint& endpoint, std::uint64_t than_load, const Endpoint& than) {
    return load * than.server.weight < than_load * endpoint.server.weight;
}

std::uint64_t load_of(const Endpoint& endpoint) { return endpoint.in_flight.load(std::memory_order_relaxed); }

struct Lightest {
    std::shared_ptr<Endpoint> endpoint;   // null: none is eligible
    std::uint64_t load = 0;
    bool is_tied = false;   // another is as light
};

Lightest find_lightest(const Choice& choice, const Endpoints& endpoints) {
    Lightest best;
    for (const auto& endpoint : endpoints) {
        if (!is_eligible(choice, *endpoint)) continue;
        const auto load = load_of(*endpoint);
        if (best.endpoint == nullptr || is_lighter(load, *endpoint, best.load, *best.endpoint)) {
            best = {endpoint, load, false};
        } else {
            best.is_tied = best.is_tied || !is_lighter(best.load, *best.endpoint, load, *endpoint);
        }
    }
    return best;
}

// Fewest requests in flight relative to weight; those that tie take turns by weight (nginx does the same).
std::shared_ptr<Endpoint> by_load(const Choice& choice, const Rotation& rotation) {
    // Again when other workers took the place that was seen: then it is full, or no longer the lightest.
    for (std::size_t i = 0; i <= rotation.endpoints.size(); ++i) {
        const Lightest best = find_lightest(choice, rotation.endpoints);
        if (best.endpoint == nullptr) return nullptr;
        if (best.is_tied) {
            auto found = by_turn(choice, rotation, [&](const Endpoint& endpoint) {
                return is_eligible(choice, endpoint) &&
                       !is_lighter(best.load, *best.endpoint, load_of(endpoint), endpoint);
            });
            if (found != nullptr) return found;
        }
        if (claim(choice, *best.endpoint)) return best.endpoint;
    }
    return by_rotation(choice, rotation);
}

std::uint64_t total_weight(const Endpoints& endpoints) {
    std::uint64_t total = 0;
    for (const auto& endpoint : endpoints) total += endpoint->server.weight;
    return total;
}

const std::shared_ptr<Endpoint>& at_weight(const Endpoints& endpoints, std::uint64_t position) {
    for (const auto& endpoint : endpoints) {
        if (position < endpoint->server.weight) return endpoint;
        position -= endpoint->server.weight;
    }
    return endpoints.back();
}

// nginx's ip_hash: 89 start, 113 multiplier, modulo 6271, over the first three bytes of an IPv4 address or
// all of an IPv6.
std::shared_ptr<Endpoint> by_address(const Choice& choice, const Endpoints& endpoints) {
    constexpr unsigned rehash_limit = 20;
    const std::uint64_t total = total_weight(endpoints);
    unsigned hash = 89;
    for (unsigned i = 0; i <= rehash_limit; ++i) {
        for (const char c : choice.key) hash = (hash * 113 + static_cast<unsigned char>(c)) % 6271;
        const auto& endpoint = at_weight(endpoints, hash % total);
        if (is_eligible(choice, *endpoint) && claim(choice, *endpoint)) return endpoint;
    }
    return nullptr;
}

// nginx's hash: sums 15 bits of a crc over "<attempt><key>", weighted choice, at most 20 attempts.
std::shared_ptr<Endpoint> by_key(const Choice& choice, const Endpoints& endpoints) {
    constexpr unsigned rehash_limit = 20;
    const std::uint64_t total = total_weight(endpoints);
    if (choice.key.empty()) return nullptr;   // nginx: nothing to hash, so the rotation decides
    std::uint64_t hash = 0;
    for (unsigned attempt = 0; attempt <= rehash_limit; ++attempt) {
        Crc32 crc;
        if (attempt > 0) crc.update(std::to_string(attempt));
        crc.update(choice.key);
        hash += (crc.value() >> 16) & 0x7fffU;
        const auto& endpoint = at_weight(endpoints, hash % total);
        if (is_eligible(choice, *endpoint) && claim(choice, *endpoint)) return endpoint;
    }
    return nullptr;
}

// As nginx: after 20 points that cannot be used, the rotation decides.
std::shared_ptr<Endpoint> on_ring(const Choice& choice, const Endpoints& endpoints) {
    constexpr std::size_t point_limit = 20;
    const auto& ring = choice.endpoints.ring;
    if (ring.empty() || choice.key.empty()) return nullptr;
    const std::uint32_t hash = Crc32::of(choice.key);
    const auto found =
        std::ranges::lower_bound(ring, hash, {}, [](const auto& point) { return point.first; });
    const auto start = static_cast<std::size_t>(found - ring.begin());
    for (std::size_t i = 0; i < std::min(ring.size(), point_limit); ++i) {
        const auto& endpoint = endpoints[ring[(start + i) % ring.size()].second];
        if (is_eligible(choice, *endpoint) && claim(choice, *endpoint)) return endpoint;
    }
    return nullptr;
}

std::shared_ptr<Endpoint> at_random(const Choice& choice, const Endpoints& endpoints, bool better_of_two) {
    constexpr unsigned limit = 20;
    const std::uint64_t total = total_weight(endpoints);
    std::shared_ptr<Endpoint> first;
    for (unsigned i = 0; i < limit; ++i) {
        const auto& endpoint = at_weight(endpoints, choice.random.below(total));
        if (!is_eligible(choice, *endpoint)) continue;
        if (better_of_two && endpoints.size() > 1) {
            if (first == nullptr) {
                first = endpoint;
                continue;
            }
            if (first == endpoint) continue;
            const bool second = is_lighter(load_of(*endpoint), *endpoint, load_of(*first), *first);
            const auto& lighter = second ? endpoint : first;
            return claim(choice, *lighter) ? lighter : nullptr;
        }
        if (claim(choice, *endpoint)) return endpoint;
    }
    if (first != nullptr && claim(choice, *first)) return first;
    return nullptr;
}

// An average that nothing was added to is halved every so often: an endpoint that once was slow is tried
// again.
constexpr std::int64_t time_half_life_ns = 5'000'000'000;

std::uint64_t response_time(const Endpoint& endpoint, loop::TimePoint now) {
    const std::uint64_t average = endpoint.response_us.load(std::memory_order_relaxed);
    const auto age = to_ns(now) - endpoint.response_ns.load(std::memory_order_relaxed);
    return average >> std::clamp<std::int64_t>(age / time_half_life_ns, 0, 31);
}

// The expected wait: an endpoint that was never measured is taken to be as fast as the fastest, so that it
// gets its share and not everything.
std::shared_ptr<Endpoint> by_time(const Choice& choice, const Rotation& rotation) {
    std::uint64_t fastest = std::numeric_limits<std::uint64_t>::max();
    for (const auto& endpoint : rotation.endpoints) {
        const auto time = response_time(*endpoint, choice.now);
        if (time > 0 && is_eligible(choice, *endpoint)) fastest = std::min(fastest, time);
    }
    if (fastest == std::numeric_limits<std::uint64_t>::max()) return by_load(choice, rotation);
    std::shared_ptr<Endpoint> best;
    std::uint64_t best_wait = 0;
    // from another one each time: those that tie take turns
    const auto start = rotation.cursor.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < rotation.endpoints.size(); ++i) {
        const auto& endpoint = rotation.endpoints[(start + i) % rotation.endpoints.size()];
        if (!is_eligible(choice, *endpoint)) continue;
        const auto measured = response_time(*endpoint, choice.now);
        const auto wait = (measured > 0 ? measured : fastest) * (load_of(*endpoint) + 1);
        if (best != nullptr && !is_lighter(wait, *endpoint, best_wait, *best)) continue;
        best = endpoint;
        best_wait = wait;
    }
    return best != nullptr && claim(choice, *best) ? best : nullptr;
}

std::shared_ptr<Endpoint> by_rendezvous(const Choice& choice, const Endpoints& endpoints) {
    std::shared_ptr<Endpoint> best;
    double best_score = 0;
    for (const auto& endpoint : endpoints) {
        if (!is_eligible(choice, *endpoint)) continue;
        const double score = rendezvous_score(choice.key, endpoint->text, endpoint->server.weight);
        if (best != nullptr && score <= best_score) continue;
        best = endpoint;
        best_score = score;
    }
    return best != nullptr && claim(choice, *best) ? best : nullptr;
}

std::shared_ptr<Endpoint> among_primary(const Choice& choice) {
    const auto& endpoints = choice.endpoints.primary;
    const Rotation rotation{endpoints, choice.endpoints.order, choice.service.state->rotation};
    std::shared_ptr<Endpoint> found;
    switch (choice.service.balancing) {
        case Balancing::round_robin: break;
        case Balancing::least_connections: return by_load(choice, rotation);
        case Balancing::ip_hash: found = by_address(choice, endpoints); break;
        case Balancing::hash: found = by_key(choice, endpoints); break;
        case Balancing::consistent_hash: found = on_ring(choice, endpoints); break;
        case Balancing::random: found = at_random(choice, endpoints, false); break;
        case Balancing::random_two: found = at_random(choice, endpoints, true); break;
        case Balancing::least_time: found = by_time(choice, rotation); break;
        case Balancing::rendezvous: found = by_rendezvous(choice, endpoints); break;
    }
    if (found == nullptr) found = by_rotation(choice, rotation);
    return found;
}

std::shared_ptr<Endpoint> among_backup(const Choice& choice) {
    const Rotation rotation{choice.endpoints.backup, choice.endpoints.backup_order,
                            choice.service.state->backup_rotation};
    return choice.service.balancing == Balancing::least_connections ? by_load(choice, rotation)
                                                                    : by_rotation(choice, rotation);
}

// The one a client was given before, as long as it can be used.
std::shared_ptr<Endpoint> by_cookie(const Choice& choice) {
    const auto named = choice.endpoints.by_cookie.find(choice.cookie);
    if (named == choice.endpoints.by_cookie.end()) return nullptr;
    const auto& endpoint = choice.endpoints.primary[named->second];
    return is_eligible(choice, *endpoint) && claim(choice, *endpoint) ? endpoint : nullptr;
}

// FNV-1a, and what spreads its last bytes over all bits.
std::uint64_t hash_of(std::string_view key, std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const auto text : {key, name}) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 33);
}

}   // namespace

// Weights counted in as by Schindelhauer and Schomaker ("Weighted Distributed Hash Tables").
double rendezvous_score(std::string_view key, std::string_view name, unsigned weight) {
    const double drawn = (static_cast<double>(hash_of(key, name) >> 11) + 0.5) / 0x1p53;   // of (0, 1)
    return static_cast<double>(weight) / -std::log(drawn);
}

bool is_available(const Endpoint& endpoint, loop::TimePoint now, bool only_one) {
    const auto& server = endpoint.server;
    if (server.down || endpoint.is_out.load(std::memory_order_relaxed)) return false;
    if (server.max_conns != 0 && endpoint.in_flight.load(std::memory_order_relaxed) >= server.max_conns)
        return false;
    return only_one || !is_failed(endpoint) ||
           window_is_over(endpoint, endpoint.checked_ns.load(std::memory_order_relaxed), now);
}

Result<EndpointLease> choose_endpoint(const Choice& choice) {
    std::shared_ptr<Endpoint> found;
    if (!choice.cookie.empty()) found = by_cookie(choice);
    if (found == nullptr && !choice.endpoints.primary.empty()) found = among_primary(choice);
    if (found == nullptr && !choice.endpoints.backup.empty()) found = among_backup(choice);
    if (found != nullptr) return EndpointLease(std::move(found));
    const bool none = choice.endpoints.primary.empty() && choice.endpoints.backup.empty();
    if (none && !choice.endpoints.unresolved.empty()) {
        return fail(ErrorCode::unresolved, "choose an endpoint", ErrorSource::upstream);
    }
    return fail(ErrorCode::no_endpoint, "choose an endpoint", ErrorSource::upstream);
}

void note_failure(Endpoint& endpoint, loop::TimePoint now) {
    if (endpoint.server.max_fails == 0) return;
    endpoint.failed_ns.store(to_ns(now), std::memory_order_relaxed);
    const auto previous = endpoint.checked_ns.exchange(to_ns(now), std::memory_order_relaxed);
    if (window_is_over(endpoint, previous, now) && !is_failed(endpoint)) {
        endpoint.failures.store(1, std::memory_order_relaxed);
    } else {
        endpoint.failures.fetch_add(1, std::memory_order_relaxed);
    }
}

// Of the latest eight or so. Two workers that measure at once may lose one measurement.
void note_response_time(Endpoint& endpoint, loop::Duration took, loop::TimePoint now) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    const auto sample = std::clamp<std::int64_t>(us, 1, std::numeric_limits<std::uint32_t>::max() / 2);
    const std::int64_t average = endpoint.response_us.load(std::memory_order_relaxed);
    const auto next = average == 0 ? sample : average + (sample - average) / 8;
    endpoint.response_us.store(static_cast<std::uint32_t>(std::max<std::int64_t>(next, 1)),
                               std::memory_order_relaxed);
    endpoint.response_ns.store(to_ns(now), std::memory_order_relaxed);
}

// Failures are forgiven by a probe that went well, or once a whole window passed without one: not by any good
// answer, else an endpoint that fails every second time would never be left out. That another probe has begun
// since does not matter: an endpoint may take longer to answer than its fail_timeout.
void note_success(Endpoint& endpoint, loop::TimePoint started) {
    const auto failures = endpoint.failures.load(std::memory_order_relaxed);
    if (failures == 0) return;
    const auto failed = endpoint.failed_ns.load(std::memory_order_relaxed);
    if (to_ns(started) < failed) return;
    const bool was_probe = failures >= endpoint.server.max_fails;
    if (was_probe || window_is_over(endpoint, failed, started)) {
        endpoint.failures.store(0, std::memory_order_relaxed);
    }
}

}   // namespace gatehouse::upstream
