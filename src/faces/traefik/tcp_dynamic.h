#pragma once
// What Traefik's dynamic configuration says about TCP and UDP. Plain values, as written.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/http_dynamic.h"

namespace gatehouse::traefik {

struct TcpRouterTls {
    bool passthrough = false;
    std::string options;
    std::string cert_resolver;
    std::vector<Domain> domains;

    static const Table& table();
    bool operator==(const TcpRouterTls&) const = default;
};

struct TcpRouter {
    std::vector<std::string> entry_points;
    std::vector<std::string> middlewares;
    std::string service;
    std::string rule;
    std::string rule_syntax;
    std::int64_t priority = 0;
    std::optional<TcpRouterTls> tls;
    Source source{};

    static const Table& table();
    bool operator==(const TcpRouter&) const = default;
};

struct ProxyProtocol {
    std::int64_t version = 2;

    static const Table& table();
    bool operator==(const ProxyProtocol&) const = default;
};

struct TcpServer {
    std::string address;   // host:port
    std::string port;
    bool tls = false;
    Source source{};

    static const Table& table();
    bool operator==(const TcpServer&) const = default;
};

struct TcpHealthCheck {
    std::int64_t port = 0;
    std::string send;
    std::string expect;
    Duration interval = std::chrono::seconds(30);
    std::optional<Duration> unhealthy_interval;
    Duration timeout = std::chrono::seconds(5);

    static const Table& table();
    bool operator==(const TcpHealthCheck&) const = default;
};

struct TcpLoadBalancer {
    std::vector<TcpServer> servers;
    std::string servers_transport;
    std::optional<ProxyProtocol> proxy_protocol;
    std::optional<std::int64_t> termination_delay;   // milliseconds; deprecated
    std::optional<TcpHealthCheck> health_check;

    static const Table& table();
    bool operator==(const TcpLoadBalancer&) const = default;
};

struct TcpWeighted {
    std::vector<WeightedService> services;
    std::optional<NoOptions> health_check;

    static const Table& table();
    bool operator==(const TcpWeighted&) const = default;
};

// One of these is set.
struct TcpService {
    std::optional<TcpLoadBalancer> load_balancer;
    std::optional<TcpWeighted> weighted;
    Source source{};

    static const Table& table();
    bool operator==(const TcpService&) const = default;
};

struct TcpInFlightConn {
    std::int64_t amount = 0;

    static const Table& table();
    bool operator==(const TcpInFlightConn&) const = default;
};

struct TcpIpAllowList {
    std::vector<std::string> source_range;

    static const Table& table();
    bool operator==(const TcpIpAllowList&) const = default;
};

// One of these is set.
struct TcpMiddleware {
    std::optional<TcpInFlightConn> in_flight_conn;
    std::optional<TcpIpAllowList> ip_white_list;   // deprecated, the same as ipAllowList
    std::optional<TcpIpAllowList> ip_allow_list;
    Source source{};

    static const Table& table();
    bool operator==(const TcpMiddleware&) const = default;
};

struct TcpTransportTls {
    std::string server_name;
    bool insecure_skip_verify = false;
    std::vector<std::string> root_cas;
    std::vector<CertificateFiles> certificates;
    std::string peer_cert_uri;
    std::vector<SanPattern> peer_cert_sans;
    std::optional<Spiffe> spiffe;

    static const Table& table();
    bool operator==(const TcpTransportTls&) const = default;
};

struct TcpServersTransport {
    Duration dial_keep_alive = std::chrono::seconds(15);
    Duration dial_timeout = std::chrono::seconds(30);
    std::optional<ProxyProtocol> proxy_protocol;
    Duration termination_delay = std::chrono::milliseconds(100);
    std::optional<TcpTransportTls> tls;
    Source source{};

    static const Table& table();
    bool operator==(const TcpServersTransport&) const = default;
};

struct TcpConfiguration {
    std::map<std::string, TcpRouter> routers;
    std::map<std::string, TcpService> services;
    std::map<std::string, TcpMiddleware> middlewares;
    std::map<std::string, TcpServersTransport> servers_transports;

    static const Table& table();
    bool operator==(const TcpConfiguration&) const = default;
};

struct UdpRouter {
    std::vector<std::string> entry_points;
    std::string service;
    Source source{};

    static const Table& table();
    bool operator==(const UdpRouter&) const = default;
};

struct UdpServer {
    std::string address;
    std::string port;
    Source source{};

    static const Table& table();
    bool operator==(const UdpServer&) const = default;
};

struct UdpLoadBalancer {
    std::vector<UdpServer> servers;

    static const Table& table();
    bool operator==(const UdpLoadBalancer&) const = default;
};

struct UdpWeighted {
    std::vector<WeightedService> services;

    static const Table& table();
    bool operator==(const UdpWeighted&) const = default;
};

// One of these is set.
struct UdpService {
    std::optional<UdpLoadBalancer> load_balancer;
    std::optional<UdpWeighted> weighted;
    Source source{};

    static const Table& table();
    bool operator==(const UdpService&) const = default;
};

struct UdpConfiguration {
    std::map<std::string, UdpRouter> routers;
    std::map<std::string, UdpService> services;

    static const Table& table();
    bool operator==(const UdpConfiguration&) const = default;
};

}   // namespace gatehouse::traefik
