// How the readings of several containers become one configuration (container_labels.h).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "faces/traefik/container_labels.h"

namespace gatehouse::traefik {
namespace {

// The first line in which two items differ, for people: "rule: Host(`a`)" and "rule: Host(`b`)".
std::string difference(std::string_view a, std::string_view b) {
    const auto take_line = [](std::string_view& text) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        return line.substr(std::min(line.find_first_not_of(' '), line.size()));
    };
    while (!a.empty() || !b.empty()) {
        const std::string_view line_a = take_line(a);
        const std::string_view line_b = take_line(b);
        if (line_a == line_b) continue;
        if (line_a.empty() || line_b.empty()) {
            return fmt::format("\"{}\" is said by one of them only", line_a.empty() ? line_b : line_a);
        }
        return fmt::format("\"{}\" and \"{}\"", line_a, line_b);
    }
    return "one has a rule of its own, the other the default rule";   // the only thing that is not shown
}

// What two definitions of one item are compared by: of a service all but its servers.
template <class Item>
std::string comparable(Item item) {
    if constexpr (requires { item.load_balancer->servers; }) {
        if (item.load_balancer) item.load_balancer->servers.clear();
    }
    return shown("", item);
}

template <class Server>
const std::string& key_of(const Server& server) {
    if constexpr (requires { server.url; }) {
        return server.url;
    } else {
        return server.address;
    }
}

// Adds the servers of `from` if the services are the same apart from those.
template <class Service>
bool merge_service(Service& into, const Service& from) {
    if (!into.load_balancer || !from.load_balancer) return into == from;
    auto servers = std::move(into.load_balancer->servers);
    into.load_balancer->servers = from.load_balancer->servers;
    const bool same = into == from;
    into.load_balancer->servers = std::move(servers);
    if (!same) return false;
    auto& have = into.load_balancer->servers;
    for (const auto& server : from.load_balancer->servers) {
        const bool known =
            std::ranges::any_of(have, [&](const auto& other) { return key_of(other) == key_of(server); });
        if (!known) have.push_back(server);
    }
    return true;
}

class Merging {
public:
    explicit Merging(std::vector<ContainerReading>& readings) : readings_(readings) {}

    // `kind` is what a verdict's list of routers begins with: "http router".
    template <class Items>
    void take(Items& into, Items& from, std::string_view kind, std::size_t reading) {
        for (auto& [name, item] : from) {
            auto& users = users_[{kind, name}];
            users.push_back(reading);
            const auto [existing, is_new] = into.try_emplace(name, std::move(item));
            if (is_new || same(existing->second, item)) continue;
            existing->second.source.broken = true;
            if (conflicts_.emplace(kind, name).second) {
                reasons_[{kind, name}] = difference(comparable(existing->second), comparable(item));
            }
        }
    }

    // Routers that lead to a conflicting service, or through a conflicting middleware, serve nothing either.
    template <class Section>
    void find_victims(const Section& section, std::string_view protocol) {
        const auto conflicts = [&](std::string_view kind, std::string name) {
            if (name.ends_with("@docker")) name.resize(name.find('@'));
            const auto found = conflicts_.find({kind, name});
            return found != conflicts_.end();
        };
        const auto kinds = kinds_of(protocol);
        for (const auto& [name, router] : section.routers) {
            bool is_victim = conflicts(kinds.service, router.service);
            if constexpr (requires { router.middlewares; }) {
                for (const std::string& part : router.middlewares)
                    is_victim |= conflicts(kinds.middleware, part);
            }
            if (is_victim && !router.source.broken) victims_.emplace(kinds.router, name);
        }
    }

    // Says so to every container that takes part, and takes it from their verdicts.
    void tell() {
        for (const Key& victim : victims_) {
            for (const std::size_t user : users_[victim]) {
                std::erase(readings_[user].verdict.routers,
                           fmt::format("{} {}", victim.first, victim.second));
            }
        }
        for (const auto& key : conflicts_) {
            const auto& [kind, name] = key;
            const auto& users = users_[key];
            for (const std::size_t user : users) {
                ContainerVerdict& verdict = readings_[user].verdict;
                const std::string sentence = fmt::format("{} \"{}\" is defined differently by {}: {}", kind,
                                                         name, names_of(users), reasons_[key]);
                verdict.remarks.error({}, sentence,
                                      "nobody gets it: make them the same, or give them different names");
                std::erase(verdict.routers, fmt::format("{} {}", kind, name));
                if (!verdict.routers.empty() || verdict.reason != "routed") continue;
                verdict.outcome = ContainerOutcome::refused;
                verdict.reason = "conflict";
                verdict.sentence = sentence;
                verdict.advice = "make them the same, or give them different names";
            }
        }
    }

private:
    using Key = std::pair<std::string_view, std::string>;   // "http router", name

    struct Kinds {
        std::string_view router, service, middleware;
    };
    static Kinds kinds_of(std::string_view protocol) {
        if (protocol == "http") return {"http router", "http service", "http middleware"};
        if (protocol == "tcp") return {"tcp router", "tcp service", "tcp middleware"};
        return {"udp router", "udp service", ""};
    }

    template <class Item>
    static bool same(Item& into, const Item& from) {
        if constexpr (requires { into.load_balancer; }) {
            return merge_service(into, from);
        } else {
            return into == from;
        }
    }

    [[nodiscard]] std::string names_of(const std::vector<std::size_t>& users) const {
        constexpr std::size_t most = 5;
        std::string names;
        for (std::size_t i = 0; i < std::min(users.size(), most); ++i) {
            names += fmt::format("{}{}",
                                 i == 0                  ? ""
                                 : i + 1 == users.size() ? " and "
                                                         : ", ",
                                 readings_[users[i]].verdict.name);
        }
        if (users.size() > most) names += fmt::format(" and {} more", users.size() - most);
        return names;
    }

    std::vector<ContainerReading>& readings_;
    std::map<Key, std::vector<std::size_t>> users_;
    std::set<Key> conflicts_;
    std::set<Key> victims_;
    std::map<Key, std::string> reasons_;
};

template <class Items>
void erase_conflicts(Items& items) {
    std::erase_if(items, [](const auto& named) { return named.second.source.broken; });
}

}   // namespace

ContainerConfiguration merge(std::vector<ContainerReading> readings) {
    // Traefik's order, which decides the order of servers: by service and id.
    std::vector<std::size_t> order(readings.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::size_t at) {
        const ContainerVerdict& verdict = readings[at].verdict;
        return std::pair(verdict.service_name + "-" + verdict.id, at);
    });
    ContainerConfiguration out;
    auto& [http, tcp, udp, tls] = out.configuration;
    Merging merging(readings);
    for (const std::size_t at : order) {
        auto& [from_http, from_tcp, from_udp, from_tls] = readings[at].configuration;
        merging.take(http.routers, from_http.routers, "http router", at);
        merging.take(http.services, from_http.services, "http service", at);
        merging.take(http.middlewares, from_http.middlewares, "http middleware", at);
        merging.take(tcp.routers, from_tcp.routers, "tcp router", at);
        merging.take(tcp.services, from_tcp.services, "tcp service", at);
        merging.take(tcp.middlewares, from_tcp.middlewares, "tcp middleware", at);
        merging.take(udp.routers, from_udp.routers, "udp router", at);
        merging.take(udp.services, from_udp.services, "udp service", at);
        merging.take(tls.stores, from_tls.stores, "TLS store", at);
    }
    merging.find_victims(http, "http");
    merging.find_victims(tcp, "tcp");
    merging.find_victims(udp, "udp");
    merging.tell();
    erase_conflicts(http.routers);
    erase_conflicts(http.services);
    erase_conflicts(http.middlewares);
    erase_conflicts(tcp.routers);
    erase_conflicts(tcp.services);
    erase_conflicts(tcp.middlewares);
    erase_conflicts(udp.routers);
    erase_conflicts(udp.services);
    erase_conflicts(tls.stores);
    for (ContainerReading& reading : readings) out.verdicts.push_back(std::move(reading.verdict));
    return out;
}

}   // namespace gatehouse::traefik
