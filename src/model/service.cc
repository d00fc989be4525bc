#include "model/service.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "model/consistent_ring.h"

namespace gatehouse::model {

std::string ServerEntry::as_written() const {
    if (!written.empty()) return written;
    if (is_unix) return "unix:" + host;
    const bool needs_brackets = host.find(':') != std::string::npos && !host.starts_with('[');
    return (needs_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool same_server(const ServerEntry& a, const ServerEntry& b) {
    return a.as_written() == b.as_written() && a.host == b.host && a.port == b.port &&
           a.is_unix == b.is_unix && a.weight == b.weight && a.max_conns == b.max_conns &&
           a.max_fails == b.max_fails && a.fail_timeout == b.fail_timeout && a.backup == b.backup &&
           a.down == b.down && a.base_path == b.base_path;
}

Endpoint::Endpoint(std::vector<SocketAddress> at, const ServerEntry& from)
    : addresses(std::move(at)), text(addresses.front().describe()), server(from) {}

ServiceState::ServiceState() : endpoints_(std::make_shared<const EndpointSet>()) {}

std::shared_ptr<const EndpointSet> ServiceState::endpoints() const {
    const std::lock_guard lock(mutex_);
    return endpoints_;
}

void ServiceState::replace(std::shared_ptr<const EndpointSet> next) {
    {
        const std::lock_guard lock(mutex_);
        endpoints_.swap(next);
        version_.fetch_add(1, std::memory_order_release);
    }
    // what was there before goes with `next`, outside the lock
}

namespace {

using Addresses = std::vector<SocketAddress>;

// The addresses of one server line, each once, and those that are one endpoint together. Sorted: a name
// server that shuffles its answers must not move the keys of `hash` and `ip_hash`. A name that is both
// 127.0.0.1 and ::1 (`localhost`) is one program on this machine, not two. 127.0.0.1 is tried first: a
// program that listens on 0.0.0.0 or 127.0.0.1 has only that, one that listens on [::] has both, and for one
// with ::1 alone the refusal of the first costs some microseconds.
std::vector<Addresses> grouped(Addresses addresses) {
    std::ranges::sort(addresses, std::less());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    const auto find = [&](std::string_view ip) {
        return std::ranges::find(addresses, ip, &SocketAddress::ip_text);
    };
    std::vector<Addresses> groups;
    const auto v4 = find("127.0.0.1");
    const auto v6 = find("::1");
    const bool paired = v4 != addresses.end() && v6 != addresses.end();
    for (auto address = addresses.begin(); address != addresses.end(); ++address) {
        if (paired && address == v6) continue;
        groups.push_back({*address});
        if (paired && address == v4) groups.back().push_back(*v6);
    }
    return groups;
}

// Endpoints of an earlier set that a new one may take over, each at most once.
class Kept {
public:
    explicit Kept(const EndpointSet* previous) {
        if (previous == nullptr) return;
        for (const auto& endpoint : previous->primary) by_text_.emplace(endpoint->text, endpoint);
        for (const auto& endpoint : previous->backup) by_text_.emplace(endpoint->text, endpoint);
    }
    std::shared_ptr<Endpoint> take(const Addresses& addresses, const ServerEntry& server) {
        const auto [first, last] = by_text_.equal_range(addresses.front().describe());
        const auto found = std::find_if(first, last, [&](const auto& entry) {
            return entry.second->addresses == addresses && same_server(entry.second->server, server);
        });
        if (found == last) return nullptr;
        auto endpoint = std::move(found->second);
        by_text_.erase(found);
        return endpoint;
    }

private:
    std::unordered_multimap<std::string, std::shared_ptr<Endpoint>> by_text_;
};

// What needs no look-up: the path of a unix socket and address literals.
Addresses own_address(const ServerEntry& server) {
    SocketAddress address;
    if (server.is_unix) {
        address = SocketAddress::from_unix_path(server.host);
    } else if (!SocketAddress::parse(server.host, server.port, address)) {
        return {};
    }
    if (address.length == 0) return {};
    return {address};
}

std::vector<std::uint16_t> order_of(const std::vector<std::shared_ptr<Endpoint>>& endpoints) {
    std::vector<unsigned> weights;
    weights.reserve(endpoints.size());
    for (const auto& endpoint : endpoints)
        weights.push_back(endpoint->server.down ? 0 : endpoint->server.weight);
    return smooth_weighted_order(weights);
}

}   // namespace

std::shared_ptr<const EndpointSet> build_endpoint_set(const Service& service,
                                                      const std::vector<Addresses>& resolved,
                                                      const EndpointSet* previous) {
    auto set = std::make_shared<EndpointSet>();
    Kept kept(previous);
    for (std::size_t i = 0; i < service.servers.size(); ++i) {
        const auto& server = service.servers[i];
        auto addresses = i < resolved.size() && !resolved[i].empty() ? resolved[i] : own_address(server);
        if (addresses.empty()) set->unresolved += (set->unresolved.empty() ? "" : ", ") + server.host;
        auto& endpoints = server.backup ? set->backup : set->primary;
        for (auto& group : grouped(std::move(addresses))) {
            if (endpoints.size() == most_endpoints) break;
            auto endpoint = kept.take(group, server);
            if (!endpoint) endpoint = std::make_shared<Endpoint>(std::move(group), server);
            endpoints.push_back(std::move(endpoint));
        }
    }
    set->order = order_of(set->primary);
    set->backup_order = order_of(set->backup);
    for (std::size_t i = 0; service.sticky && i < set->primary.size(); ++i)
        set->by_cookie.emplace(sticky_value(*service.sticky, set->primary[i]->text), i);
    if (service.balancing == Balancing::consistent_hash) set->ring = consistent_ring(set->primary);
    return set;
}

}   // namespace gatehouse::model
