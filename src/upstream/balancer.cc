#include "upstream/balancer.h"

#include "base/crc32.h"

#include <algorithm>
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

// Counts the use. Two workers may see the last place under max_conns at once: only one of them gets it.
bool claim(Endpoint& endpoint, loop::TimePoint now) {
    const auto in_flight = endpoint.in_flight.fetch_add(1, std::memory_order_relaxed) + 1;
    if (endpoint.server.max_conns != 0 && in_flight > endpoint.server.max_conns) {
        endpoint.in_flight.fetch_sub(1, std::memory_order_relaxed);
        return false;
    }
    // After fail_timeout one attempt probes the endpoint; others wait for its outcome or the next window.
    if (endpoint.server.max_fails != 0 &&
        endpoint.failures.load(std::memory_order_relaxed) >= endpoint.server.max_fails) {
        endpoint.checked_ns.store(to_ns(now), std::memory_order_relaxed);
    }
    return true;
}

std::shared_ptr<Endpoint> by_rotation(const Choice& choice, const Endpoints& endpoints,
                                      const std::vector<std::uint16_t>& order,
                                      std::atomic<std::uint64_t>& cursor) {
    // An endpoint that cannot be used passes its turn on by using up a ticket, so that the others keep equal
    // shares. A retry takes none: it must not move the turns of first attempts.
    auto ticket = cursor.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < order.size() && choice.tried.empty(); ++i) {
        ticket = cursor.fetch_add(1, std::memory_order_relaxed);
        const auto& endpoint = endpoints[order[ticket % order.size()]];
        if (is_eligible(choice, *endpoint) && claim(*endpoint, choice.now)) return endpoint;
    }
    // Other workers draw from the same cursor: every one of these tickets may have named an endpoint that is
    // out.
    for (std::size_t i = 0; i < order.size(); ++i) {
        const auto& endpoint = endpoints[order[(ticket + i) % order.size()]];
        if (is_eligible(choice, *endpoint) && claim(*endpoint, choice.now)) return endpoint;
    }
    return nullptr;
}

// Fewest requests in flight relative to weight; ties go by rotation, so that equal endpoints share evenly.
std::shared_ptr<Endpoint> by_load(const Choice& choice, const Endpoints& endpoints,
                                  std::atomic<std::uint64_t>& cursor) {
    const auto start = cursor.fetch_add(1, std::memory_order_relaxed);
    std::shared_ptr<Endpoint> best;
    std::uint64_t best_load = 0;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        const auto& endpoint = endpoints[(start + i) % endpoints.size()];
        if (!is_eligible(choice, *endpoint)) continue;
        const std::uint64_t load = endpoint->in_flight.load(std::memory_order_relaxed);
        const bool lighter =
            best == nullptr || load * best->server.weight < best_load * endpoint->server.weight;
        if (!lighter) continue;
        best = endpoint;
        best_load = load;
    }
    if (best != nullptr && !claim(*best, choice.now)) return nullptr;
    return best;
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
        if (is_eligible(choice, *endpoint) && claim(*endpoint, choice.now)) return endpoint;
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
        if (is_eligible(choice, *endpoint) && claim(*endpoint, choice.now)) return endpoint;
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
        if (is_eligible(choice, *endpoint) && claim(*endpoint, choice.now)) return endpoint;
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
            const auto load = [](const Endpoint& e) {
                return std::uint64_t{e.in_flight.load(std::memory_order_relaxed)};
            };
            const bool second =
                load(*endpoint) * first->server.weight < load(*first) * endpoint->server.weight;
            const auto& lighter = second ? endpoint : first;
            return claim(*lighter, choice.now) ? lighter : nullptr;
        }
        if (claim(*endpoint, choice.now)) return endpoint;
    }
    if (first != nullptr && claim(*first, choice.now)) return first;
    return nullptr;
}

std::shared_ptr<Endpoint> among_primary(const Choice& choice) {
    const auto& endpoints = choice.endpoints.primary;
    auto& state = *choice.service.state;
    std::shared_ptr<Endpoint> found;
    switch (choice.service.balancing) {
        case Balancing::round_robin: break;
        case Balancing::least_connections: return by_load(choice, endpoints, state.rotation);
        case Balancing::ip_hash: found = by_address(choice, endpoints); break;
        case Balancing::hash: found = by_key(choice, endpoints); break;
        case Balancing::consistent_hash: found = on_ring(choice, endpoints); break;
        case Balancing::random: found = at_random(choice, endpoints, false); break;
        case Balancing::random_two: found = at_random(choice, endpoints, true); break;
    }
    if (found == nullptr) found = by_rotation(choice, endpoints, choice.endpoints.order, state.rotation);
    return found;
}

}   // namespace

bool is_available(const Endpoint& endpoint, loop::TimePoint now, bool only_one) {
    const auto& server = endpoint.server;
    if (server.down) return false;
    if (server.max_conns != 0 && endpoint.in_flight.load(std::memory_order_relaxed) >= server.max_conns)
        return false;
    if (only_one || server.max_fails == 0) return true;
    if (endpoint.failures.load(std::memory_order_relaxed) < server.max_fails) return true;
    const auto since = to_ns(now) - endpoint.checked_ns.load(std::memory_order_relaxed);
    return std::chrono::nanoseconds(since) > server.fail_timeout;
}

Result<EndpointLease> choose_endpoint(const Choice& choice) {
    std::shared_ptr<Endpoint> found;
    if (!choice.endpoints.primary.empty()) found = among_primary(choice);
    if (found == nullptr && !choice.endpoints.backup.empty()) {
        auto& state = *choice.service.state;
        found = choice.service.balancing == Balancing::least_connections
                    ? by_load(choice, choice.endpoints.backup, state.backup_rotation)
                    : by_rotation(choice, choice.endpoints.backup, choice.endpoints.backup_order,
                                  state.backup_rotation);
    }
    if (found != nullptr) return EndpointLease(std::move(found));
    const bool none = choice.endpoints.primary.empty() && choice.endpoints.backup.empty();
    if (none && !choice.endpoints.unresolved.empty()) {
        return fail(ErrorCode::unresolved, "choose an endpoint", ErrorSource::upstream);
    }
    return fail(ErrorCode::no_endpoint, "choose an endpoint", ErrorSource::upstream);
}

void note_failure(Endpoint& endpoint, loop::TimePoint now) {
    if (endpoint.server.max_fails == 0) return;
    const auto previous = endpoint.checked_ns.exchange(to_ns(now), std::memory_order_relaxed);
    const bool new_window = std::chrono::nanoseconds(to_ns(now) - previous) > endpoint.server.fail_timeout;
    if (new_window && endpoint.failures.load(std::memory_order_relaxed) < endpoint.server.max_fails) {
        endpoint.failures.store(1, std::memory_order_relaxed);
    } else {
        endpoint.failures.fetch_add(1, std::memory_order_relaxed);
    }
}

// Failures are forgiven by a probe that went well, or once a whole window passed without one: not by any good
// answer, else an endpoint that fails every second time would never be left out.
void note_success(Endpoint& endpoint, loop::TimePoint started) {
    const auto failures = endpoint.failures.load(std::memory_order_relaxed);
    if (failures == 0) return;
    const auto since = to_ns(started) - endpoint.checked_ns.load(std::memory_order_relaxed);
    if (since < 0) return;   // begun before the latest failure
    const bool was_probe = failures >= endpoint.server.max_fails;
    if (was_probe || std::chrono::nanoseconds(since) > endpoint.server.fail_timeout) {
        endpoint.failures.store(0, std::memory_order_relaxed);
    }
}

}   // namespace gatehouse::upstream
