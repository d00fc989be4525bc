#include "faces/traefik/tcp_dynamic.h"

namespace gatehouse::traefik {

const Table& TcpRouterTls::table() {
    static constexpr Field fields[] = {
        field<&TcpRouterTls::passthrough>("passthrough"),
        field<&TcpRouterTls::options>("options"),
        field<&TcpRouterTls::cert_resolver>("certResolver"),
        field<&TcpRouterTls::domains>("domains"),
    };
    static constexpr Table table = {"a router's tls", fields};
    return table;
}

const Table& TcpRouter::table() {
    static constexpr Field fields[] = {
        field<&TcpRouter::entry_points>("entryPoints"), field<&TcpRouter::middlewares>("middlewares"),
        field<&TcpRouter::service>("service"),          field<&TcpRouter::rule>("rule"),
        field<&TcpRouter::rule_syntax>("ruleSyntax"),   field<&TcpRouter::priority>("priority"),
        field<&TcpRouter::tls>("tls", {.bare = true}),
    };
    static constexpr Table table = {"a TCP router", fields};
    return table;
}

const Table& ProxyProtocol::table() {
    static constexpr Field fields[] = {
        field<&ProxyProtocol::version>("version"),
    };
    static constexpr Table table = {"proxyProtocol", fields};
    return table;
}

const Table& TcpServer::table() {
    static constexpr Field fields[] = {
        field<&TcpServer::address>("address", {.labels = false}),
        field<&TcpServer::port>("port", {.files = false}),
        field<&TcpServer::tls>("tls"),
    };
    static constexpr Table table = {"a server", fields};
    return table;
}

const Table& TcpHealthCheck::table() {
    static constexpr Field fields[] = {
        field<&TcpHealthCheck::port>("port"),
        field<&TcpHealthCheck::send>("send"),
        field<&TcpHealthCheck::expect>("expect"),
        field<&TcpHealthCheck::interval>("interval"),
        field<&TcpHealthCheck::unhealthy_interval>("unhealthyInterval"),
        field<&TcpHealthCheck::timeout>("timeout"),
    };
    static constexpr Table table = {"healthCheck", fields};
    return table;
}

const Table& TcpLoadBalancer::table() {
    static constexpr Field fields[] = {
        field<&TcpLoadBalancer::servers>("servers", {.singular = "server"}),
        field<&TcpLoadBalancer::servers_transport>("serversTransport"),
        field<&TcpLoadBalancer::proxy_protocol>("proxyProtocol", {.bare = true}),
        field<&TcpLoadBalancer::termination_delay>("terminationDelay"),
        field<&TcpLoadBalancer::health_check>("healthCheck", {.bare = true}),
    };
    static constexpr Table table = {"a load balancer", fields};
    return table;
}

const Table& TcpWeighted::table() {
    static constexpr Field fields[] = {
        field<&TcpWeighted::services>("services"),
        field<&TcpWeighted::health_check>("healthCheck", {.bare = true}),
    };
    static constexpr Table table = {"weighted", fields};
    return table;
}

const Table& TcpService::table() {
    static constexpr Field fields[] = {
        field<&TcpService::load_balancer>("loadBalancer"),
        field<&TcpService::weighted>("weighted", {.labels = false}),
    };
    static constexpr Table table = {"a TCP service", fields};
    return table;
}

const Table& TcpInFlightConn::table() {
    static constexpr Field fields[] = {
        field<&TcpInFlightConn::amount>("amount"),
    };
    static constexpr Table table = {"inFlightConn", fields};
    return table;
}

const Table& TcpIpAllowList::table() {
    static constexpr Field fields[] = {
        field<&TcpIpAllowList::source_range>("sourceRange"),
    };
    static constexpr Table table = {"ipAllowList", fields};
    return table;
}

const Table& TcpMiddleware::table() {
    static constexpr Field fields[] = {
        field<&TcpMiddleware::in_flight_conn>("inFlightConn"),
        field<&TcpMiddleware::ip_white_list>("ipWhiteList"),
        field<&TcpMiddleware::ip_allow_list>("ipAllowList"),
    };
    static constexpr Table table = {"a TCP middleware", fields};
    return table;
}

const Table& TcpTransportTls::table() {
    static constexpr Field fields[] = {
        field<&TcpTransportTls::server_name>("serverName"),
        field<&TcpTransportTls::insecure_skip_verify>("insecureSkipVerify"),
        field<&TcpTransportTls::root_cas>("rootCAs"),
        field<&TcpTransportTls::certificates>("certificates"),
        field<&TcpTransportTls::peer_cert_uri>("peerCertURI"),
        field<&TcpTransportTls::peer_cert_sans>("peerCertSANs"),
        field<&TcpTransportTls::spiffe>("spiffe", {.bare = true}),
    };
    static constexpr Table table = {"tls", fields};
    return table;
}

const Table& TcpServersTransport::table() {
    static constexpr Field fields[] = {
        field<&TcpServersTransport::dial_keep_alive>("dialKeepAlive"),
        field<&TcpServersTransport::dial_timeout>("dialTimeout"),
        field<&TcpServersTransport::proxy_protocol>("proxyProtocol", {.bare = true}),
        field<&TcpServersTransport::termination_delay>("terminationDelay"),
        field<&TcpServersTransport::tls>("tls", {.bare = true}),
    };
    static constexpr Table table = {"a serversTransport", fields};
    return table;
}

const Table& TcpConfiguration::table() {
    static constexpr Field fields[] = {
        field<&TcpConfiguration::routers>("routers"),
        field<&TcpConfiguration::services>("services"),
        field<&TcpConfiguration::middlewares>("middlewares"),
        field<&TcpConfiguration::servers_transports>("serversTransports", {.labels = false}),
    };
    static constexpr Table table = {"tcp", fields};
    return table;
}

const Table& UdpRouter::table() {
    static constexpr Field fields[] = {
        field<&UdpRouter::entry_points>("entryPoints"),
        field<&UdpRouter::service>("service"),
    };
    static constexpr Table table = {"a UDP router", fields};
    return table;
}

const Table& UdpServer::table() {
    static constexpr Field fields[] = {
        field<&UdpServer::address>("address", {.labels = false}),
        field<&UdpServer::port>("port", {.files = false}),
    };
    static constexpr Table table = {"a server", fields};
    return table;
}

const Table& UdpLoadBalancer::table() {
    static constexpr Field fields[] = {
        field<&UdpLoadBalancer::servers>("servers", {.singular = "server"}),
    };
    static constexpr Table table = {"a load balancer", fields};
    return table;
}

const Table& UdpWeighted::table() {
    static constexpr Field fields[] = {
        field<&UdpWeighted::services>("services"),
    };
    static constexpr Table table = {"weighted", fields};
    return table;
}

const Table& UdpService::table() {
    static constexpr Field fields[] = {
        field<&UdpService::load_balancer>("loadBalancer"),
        field<&UdpService::weighted>("weighted", {.labels = false}),
    };
    static constexpr Table table = {"a UDP service", fields};
    return table;
}

const Table& UdpConfiguration::table() {
    static constexpr Field fields[] = {
        field<&UdpConfiguration::routers>("routers"),
        field<&UdpConfiguration::services>("services"),
    };
    static constexpr Table table = {"udp", fields};
    return table;
}

}   // namespace gatehouse::traefik
