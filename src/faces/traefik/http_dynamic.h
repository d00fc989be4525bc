#pragma once
// What Traefik's dynamic configuration says about HTTP: routers, services, middlewares and transports, as
// written by a label or a file. References are names as written: "auth", "auth@file", "api@internal". Plain
// values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/http_headers_middleware.h"

namespace gatehouse::traefik {

struct RouterTls {
    std::string options;
    std::string cert_resolver;
    std::vector<Domain> domains;

    static const Table& table();
    bool operator==(const RouterTls&) const = default;
};

struct Observability {
    std::optional<bool> access_logs;
    std::optional<bool> metrics;
    std::optional<bool> tracing;
    std::string trace_verbosity = "minimal";

    static const Table& table();
    bool operator==(const Observability&) const = default;
};

struct Router {
    std::vector<std::string> entry_points;   // none: the default ones
    std::vector<std::string> middlewares;    // in their order
    std::string service;
    std::string rule;
    std::vector<std::string> parent_refs;
    std::string rule_syntax;     // "v2", "v3"; "": the default
    std::int64_t priority = 0;   // 0: the rule's length in bytes
    std::optional<RouterTls> tls;
    std::optional<Observability> observability;
    bool default_rule = false;   // made from the default rule, not from a label
    Source source{};

    static const Table& table();
    bool operator==(const Router&) const = default;
};

struct Cookie {
    std::string name;   // "": derived from the service's
    bool secure = false;
    bool http_only = false;
    std::string same_site;
    std::int64_t max_age = 0;
    std::optional<std::string> path{"/"};
    std::string domain;

    static const Table& table();
    bool operator==(const Cookie&) const = default;
};

struct Sticky {
    std::optional<Cookie> cookie;

    static const Table& table();
    bool operator==(const Sticky&) const = default;
};

// As a label `server.port` and `server.scheme` make the URL, with the container's address.
struct Server {
    std::string url;
    std::optional<std::int64_t> weight;
    bool preserve_path = false;
    std::string scheme;
    std::string port;
    Source source{};

    static const Table& table();
    bool operator==(const Server&) const = default;
};

struct HealthCheck {
    std::string scheme;
    std::string mode = "http";   // "http", "grpc"
    std::string path;
    std::string method;
    std::int64_t status = 0;
    std::int64_t port = 0;
    Duration interval = std::chrono::seconds(30);
    std::optional<Duration> unhealthy_interval;
    Duration timeout = std::chrono::seconds(5);
    std::string hostname;
    bool follow_redirects = true;
    std::map<std::string, std::string> headers;

    static const Table& table();
    bool operator==(const HealthCheck&) const = default;
};

struct PassiveHealthCheck {
    Duration failure_window = std::chrono::seconds(10);
    std::int64_t max_failed_attempts = 1;

    static const Table& table();
    bool operator==(const PassiveHealthCheck&) const = default;
};

struct ResponseForwarding {
    Duration flush_interval = std::chrono::milliseconds(100);   // negative: after each write

    static const Table& table();
    bool operator==(const ResponseForwarding&) const = default;
};

struct LoadBalancer {
    std::optional<Sticky> sticky;
    std::vector<Server> servers;
    std::string strategy = "wrr";   // "wrr", "p2c", "hrw", "leasttime"
    std::optional<HealthCheck> health_check;
    std::optional<PassiveHealthCheck> passive_health_check;
    bool pass_host_header = true;
    ResponseForwarding response_forwarding;
    std::string servers_transport;

    static const Table& table();
    bool operator==(const LoadBalancer&) const = default;
};

// There, and that is all.
struct NoOptions {
    static const Table& table();
    bool operator==(const NoOptions&) const = default;
};

struct WeightedService {
    std::string name;
    std::int64_t weight = 1;

    static const Table& table();
    bool operator==(const WeightedService&) const = default;
};

struct Weighted {
    std::vector<WeightedService> services;
    std::optional<Sticky> sticky;
    std::optional<NoOptions> health_check;

    static const Table& table();
    bool operator==(const Weighted&) const = default;
};

struct HighestRandomWeight {
    std::vector<WeightedService> services;
    std::optional<NoOptions> health_check;

    static const Table& table();
    bool operator==(const HighestRandomWeight&) const = default;
};

struct MirrorService {
    std::string name;
    std::int64_t percent = 0;

    static const Table& table();
    bool operator==(const MirrorService&) const = default;
};

struct Mirroring {
    std::string service;
    bool mirror_body = true;
    std::int64_t max_body_size = -1;
    std::vector<MirrorService> mirrors;
    std::optional<NoOptions> health_check;

    static const Table& table();
    bool operator==(const Mirroring&) const = default;
};

struct FailoverErrors {
    std::int64_t max_request_body_bytes = -1;
    std::vector<std::string> status;

    static const Table& table();
    bool operator==(const FailoverErrors&) const = default;
};

struct Failover {
    std::string service;
    std::string fallback;
    std::optional<NoOptions> health_check;
    std::optional<FailoverErrors> errors;

    static const Table& table();
    bool operator==(const Failover&) const = default;
};

// One of these is set.
struct Service {
    std::vector<std::string> middlewares;
    std::optional<LoadBalancer> load_balancer;
    std::optional<HighestRandomWeight> highest_random_weight;
    std::optional<Weighted> weighted;
    std::optional<Mirroring> mirroring;
    std::optional<Failover> failover;
    Source source{};

    static const Table& table();
    bool operator==(const Service&) const = default;
};

// 0: none.
struct ForwardingTimeouts {
    Duration dial_timeout = std::chrono::seconds(30);
    Duration response_header_timeout{};
    Duration idle_conn_timeout = std::chrono::seconds(90);
    Duration read_idle_timeout{};
    Duration ping_timeout = std::chrono::seconds(15);
    Duration read_timeout{};
    Duration write_timeout{};

    static const Table& table();
    bool operator==(const ForwardingTimeouts&) const = default;
};

// How servers are connected to and trusted.
struct ServersTransport {
    std::string server_name;
    bool insecure_skip_verify = false;
    std::vector<std::string> root_cas;
    std::vector<CertificateFiles> certificates;
    std::vector<std::string> cipher_suites;
    std::string min_version;
    std::string max_version;
    std::int64_t max_idle_conns_per_host = 0;
    std::optional<ForwardingTimeouts> forwarding_timeouts;
    bool disable_http2 = false;
    std::string peer_cert_uri;
    std::vector<SanPattern> peer_cert_sans;
    std::optional<Spiffe> spiffe;
    Source source{};

    static const Table& table();
    bool operator==(const ServersTransport&) const = default;
};

struct HttpConfiguration {
    std::map<std::string, Router> routers;
    std::map<std::string, Service> services;
    std::map<std::string, Middleware> middlewares;
    std::map<std::string, ServersTransport> servers_transports;

    static const Table& table();
    bool operator==(const HttpConfiguration&) const = default;
};

}   // namespace gatehouse::traefik
