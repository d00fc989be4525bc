#pragma once
// A service: a named set of endpoints and the way one is chosen. Service is what the configuration says
// (immutable); ServiceState is what is true right now: the resolved endpoint set and the counters that all
// workers share (relaxed atomics, one cache line each). Control replaces the set; workers read it and count.
// State outlives a reload when the service keeps its name, and an endpoint's counters outlive every change
// that keeps its address.

#include "base/socket_address.h"
#include "base/text.h"
#include "model/health_check.h"
#include "model/origin.h"
#include "model/sticky.h"
#include "model/template.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

struct ServerEntry {   // one `server` line, or the host of a proxy_pass
    Origin origin;
    std::string host;      // name, address literal, or the path of a unix socket
    std::string written;   // the address as it stands in the file: "app", "app:8080", "unix:/run/app"
    std::uint16_t port = 80;
    bool is_unix = false;
    unsigned weight = 1;
    unsigned max_conns = 0;   // 0: no limit
    unsigned max_fails = 1;   // 0: never counted
    std::chrono::milliseconds fail_timeout{10'000};
    bool backup = false;
    bool down = false;
    // What requests to this server get before their path; "": nothing. Without a slash at its end.
    std::string base_path{};
    // `written`, or where a face leaves it empty, host and port: the name that nginx's consistent hash is
    // made of.
    [[nodiscard]] std::string as_written() const;
};

enum class Balancing : std::uint8_t {
    round_robin,
    least_connections,
    ip_hash,
    hash,
    consistent_hash,
    random,
    random_two,
    least_time,   // shortest time to a response, times what is in flight, relative to weight
    rendezvous    // each key has an order of its own of all endpoints ("highest random weight")
};

struct KeepAlivePool {
    unsigned idle_connections = 32;   // per worker; 0: connections are not kept
    unsigned requests = 1000;
    std::chrono::milliseconds time{3'600'000};
    std::chrono::milliseconds idle_timeout{60'000};
};

class ServiceState;

struct Service {
    std::string name;   // `upstream NAME`, or "host:port" of a proxy_pass
    Origin origin;
    std::vector<ServerEntry> servers;
    Balancing balancing = Balancing::round_robin;
    bool has_base_paths = false;   // some server has a base_path
    Template hash_key;             // of hash and consistent_hash; rendezvous goes by the client's address
    KeepAlivePool keepalive;
    std::optional<StickyCookie> sticky;          // leads clients back to their endpoint, before `balancing`
    std::shared_ptr<const HealthCheck> health;   // null: its endpoints are not asked
    bool is_explicit = false;                    // an upstream block, not a host named in place
    bool for_tcp = false;   // defined for sites that pass bytes on: those of HTTP do not know its name
    // Different for any two services of a model.
    [[nodiscard]] std::string key() const { return (for_tcp ? "tcp " : "") + name; }
    // What is true now of this service; bound once, by control, before the snapshot is published.
    mutable std::shared_ptr<ServiceState> state;
};

// One address of a service. Counters are shared by all workers and padded against false sharing.
struct Endpoint {
    Endpoint(std::vector<SocketAddress> at, const ServerEntry& from);

    const std::vector<SocketAddress>
        addresses;            // one; `localhost` as ::1 and 127.0.0.1 is one endpoint with two
    const std::string text;   // for logs, variables, keys: "127.0.0.1:5000"
    ServerEntry server;       // as configured when this endpoint was made

    alignas(64) std::atomic<std::uint32_t> in_flight{0};
    std::atomic<std::uint32_t> failures{0};
    std::atomic<std::int64_t> failed_ns{0};      // monotonic: when the latest failure was counted
    std::atomic<std::int64_t> checked_ns{0};     // the same, or when the latest probe began
    std::atomic<bool> is_out{false};             // its latest health check went badly; written by control
    std::atomic<std::uint32_t> response_us{0};   // average time to a response, of least_time; 0: not known
    std::atomic<std::int64_t> response_ns{0};    // when it was last measured
};

struct EndpointSet {
    std::vector<std::shared_ptr<Endpoint>> primary;
    std::vector<std::shared_ptr<Endpoint>> backup;
    std::vector<std::uint16_t>
        order;   // smooth weighted order over `primary`, one full cycle, without those down
    std::vector<std::uint16_t> backup_order;
    std::vector<std::pair<std::uint32_t, std::uint16_t>> ring;   // consistent hash: points in order
    // Of a service with a sticky cookie: its value → index in `primary`.
    std::unordered_map<std::string, std::uint16_t, TextHash, std::equal_to<>> by_cookie;
    std::string unresolved;   // names that have no address yet, for the error text; empty: all have
};

class ServiceState {
public:
    ServiceState();
    [[nodiscard]] std::shared_ptr<const EndpointSet> endpoints() const;
    void replace(std::shared_ptr<const EndpointSet> next);
    // Changes with every replace(): a worker keeps the set it has while this is unchanged.
    [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

    alignas(64) std::atomic<std::uint64_t> rotation{0};
    std::atomic<std::uint64_t> backup_rotation{0};
    // Its endpoints are checked, and none is well; written by control.
    std::atomic<bool> is_down{false};

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const EndpointSet> endpoints_;
    std::atomic<std::uint64_t> version_{0};
};

// An index of an endpoint has 16 bits; endpoints beyond are left out.
inline constexpr std::size_t most_endpoints = 65535;
// Length of the longest cycle (or twice the number of endpoints, if that is more).
inline constexpr std::size_t longest_smooth_order = 16384;
// nginx's smooth weighted round-robin, computed once: one cycle of indices, each as often as its weight
// (reduced by their common divisor), spread evenly. Weights whose cycle would be too long are scaled down, to
// 1 at the least; 0 is left out.
[[nodiscard]] std::vector<std::uint16_t> smooth_weighted_order(const std::vector<unsigned>& weights);
// All that makes a server behave as it does: its place in the file is not part of it.
[[nodiscard]] bool same_server(const ServerEntry& a, const ServerEntry& b);
// Builds the set, keeping the Endpoint objects of `previous` whose address and server line did not change.
// `resolved[i]` are the addresses of servers[i]; empty: not resolved (yet).
[[nodiscard]] std::shared_ptr<const EndpointSet> build_endpoint_set(
    const Service& service, const std::vector<std::vector<SocketAddress>>& resolved,
    const EndpointSet* previous);

}   // namespace gatehouse::model
