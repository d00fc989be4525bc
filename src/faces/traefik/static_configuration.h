#pragma once
// Traefik's static configuration: what it is started with, from flags, environment variables or a file
// (load_static.h). Plain values with Traefik's defaults. What only concerns things that Gatehouse does not
// do is accepted with a notice; what would change the meaning of what it does is refused.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/entry_point.h"
#include "faces/traefik/observability_settings.h"
#include "faces/traefik/provider_settings.h"

namespace gatehouse::traefik {

struct Global {
    bool check_new_version = true;
    bool send_anonymous_usage = false;
    bool not_append_x_forwarded_for = false;

    static const Table& table();
    bool operator==(const Global&) const = default;
};

struct ApiSettings {
    std::string base_path = "/";
    bool insecure = false;   // on the entry point "traefik", to anybody
    bool dashboard = true;
    bool debug = false;
    bool disable_dashboard_ad = false;
    std::string dashboard_name;

    static const Table& table();
    bool operator==(const ApiSettings&) const = default;
};

struct PingSettings {
    std::string entry_point = "traefik";
    bool manual_routing = false;
    std::int64_t terminating_status_code = 503;

    static const Table& table();
    bool operator==(const PingSettings&) const = default;
};

// 0: none.
struct StaticForwardingTimeouts {
    Duration dial_timeout = std::chrono::seconds(30);
    Duration response_header_timeout{};
    Duration idle_conn_timeout = std::chrono::seconds(90);

    static const Table& table();
    bool operator==(const StaticForwardingTimeouts&) const = default;
};

// Of services that name no other.
struct StaticServersTransport {
    bool insecure_skip_verify = false;
    std::vector<std::string> root_cas;
    std::int64_t max_idle_conns_per_host = 0;
    StaticForwardingTimeouts forwarding_timeouts;
    std::optional<Opaque> spiffe;

    static const Table& table();
    bool operator==(const StaticServersTransport&) const = default;
};

struct StaticTcpTls {
    bool insecure_skip_verify = false;
    std::vector<std::string> root_cas;
    std::optional<Opaque> spiffe;

    static const Table& table();
    bool operator==(const StaticTcpTls&) const = default;
};

struct StaticTcpServersTransport {
    Duration dial_keep_alive = std::chrono::seconds(15);
    Duration dial_timeout = std::chrono::seconds(30);
    Duration termination_delay = std::chrono::milliseconds(100);
    std::optional<StaticTcpTls> tls;

    static const Table& table();
    bool operator==(const StaticTcpServersTransport&) const = default;
};

struct Core {
    std::string default_rule_syntax = "v3";

    static const Table& table();
    bool operator==(const Core&) const = default;
};

struct StaticConfiguration {
    std::string config_file;
    std::optional<Global> global;
    std::map<std::string, EntryPoint> entry_points;
    Providers providers;
    std::optional<ApiSettings> api;
    std::optional<PingSettings> ping;
    std::optional<MetricsSettings> metrics;
    std::optional<LogSettings> log;
    std::optional<AccessLogSettings> access_log;
    StaticServersTransport servers_transport;
    StaticTcpServersTransport tcp_servers_transport;
    std::map<std::string, Opaque> certificates_resolvers;
    std::optional<Core> core;
    std::optional<Opaque> tracing;
    std::optional<Opaque> host_resolver;
    std::optional<Opaque> experimental;
    std::optional<Opaque> pilot;
    std::optional<Opaque> hub;
    std::optional<Opaque> ocsp;
    std::optional<Opaque> spiffe;

    static const Table& table();
    bool operator==(const StaticConfiguration&) const = default;
};

}   // namespace gatehouse::traefik
