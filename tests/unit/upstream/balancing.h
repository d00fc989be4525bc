#pragma once
// Balanced: a service with its endpoints and its own time, asked for one endpoint after another. Primary
// endpoints are called a, b, c … in the order of their servers, backups A, B, C …; "-" is no endpoint, "?" an
// unresolved service.

#include "tests/unit/model/endpoints.h"
#include "upstream/balancer.h"

#include <algorithm>
#include <string>
#include <vector>

namespace gatehouse::upstream {

// A `server` line, shorter: line({.weight = 3}).
struct Line {
    unsigned weight = 1, max_conns = 0, max_fails = 1;
    bool backup = false, down = false;
};

inline constexpr auto rotation = model::Balancing::round_robin;

class Balanced {
public:
    using Balancing = model::Balancing;

    Balanced(Balancing balancing, const std::vector<Line>& lines) {
        service.balancing = balancing;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            auto entry = model::server("10.0.0." + std::to_string(i + 1));
            entry.weight = lines[i].weight;
            entry.max_conns = lines[i].max_conns;
            entry.max_fails = lines[i].max_fails;
            entry.backup = lines[i].backup;
            entry.down = lines[i].down;
            service.servers.push_back(std::move(entry));
        }
        service.state = std::make_shared<model::ServiceState>();
        endpoints = model::build_endpoint_set(service, {}, nullptr);
    }

    [[nodiscard]] Choice choice() {
        return {.service = service,
                .endpoints = *endpoints,
                .tried = tried,
                .key = key,
                .now = now,
                .random = random};
    }
    [[nodiscard]] Result<EndpointLease> choose() { return choose_endpoint(choice()); }

    // The name of what is chosen, which is released at once …
    [[nodiscard]] std::string pick() {
        const auto lease = choose();
        return lease ? name(*lease->shared()) : lease.error().code == ErrorCode::unresolved ? "?" : "-";
    }
    [[nodiscard]] std::string picks(int count) {
        std::string names;
        for (int i = 0; i < count; ++i) names += pick();
        return names;
    }
    // … or stays in flight until drop().
    std::string hold() {
        auto lease = choose();
        if (!lease) return lease.error().code == ErrorCode::unresolved ? "?" : "-";
        held.push_back(std::move(*lease));
        return name(*held.back().shared());
    }
    std::string holds(int count) {
        std::string names;
        for (int i = 0; i < count; ++i) names += hold();
        return names;
    }
    void drop(char endpoint) {   // one of those held
        const auto found =
            std::ranges::find(held, &at(endpoint), [](const auto& lease) { return lease.shared().get(); });
        if (found != held.end()) held.erase(found);
    }

    [[nodiscard]] model::Endpoint& at(char name) const {
        return name >= 'a' ? *endpoints->primary.at(static_cast<std::size_t>(name - 'a'))
                           : *endpoints->backup.at(static_cast<std::size_t>(name - 'A'));
    }
    [[nodiscard]] std::string name(const model::Endpoint& endpoint) const {
        const auto place = [&](const auto& all) {
            return static_cast<std::size_t>(
                std::ranges::find(all, &endpoint, [](const auto& one) { return one.get(); }) - all.begin());
        };
        const auto primary = place(endpoints->primary);
        const bool is_primary = primary < endpoints->primary.size();
        return {static_cast<char>(is_primary ? 'a' + primary : 'A' + place(endpoints->backup))};
    }
    void fail(char name, int times = 1) {
        for (int i = 0; i < times; ++i) note_failure(at(name), now);
    }

    model::Service service;
    std::shared_ptr<const model::EndpointSet> endpoints;
    std::vector<const model::Endpoint*> tried;
    std::string key;
    loop::TimePoint now{std::chrono::hours(1)};
    Random random{1};
    std::vector<EndpointLease> held;
};

inline std::size_t times_in(const std::string& names, char name) {
    return static_cast<std::size_t>(std::ranges::count(names, name));
}

}   // namespace gatehouse::upstream
