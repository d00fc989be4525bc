#include "faces/traefik/http_dynamic.h"

namespace gatehouse::traefik {

const Table& RouterTls::table() {
    static constexpr Field fields[] = {
        field<&RouterTls::options>("options"),
        field<&RouterTls::cert_resolver>("certResolver"),
        field<&RouterTls::domains>("domains"),
    };
    static constexpr Table table = {"a router's tls", fields};
    return table;
}

const Table& Observability::table() {
    static constexpr Field fields[] = {
        field<&Observability::access_logs>("accessLogs"),
        field<&Observability::metrics>("metrics"),
        field<&Observability::tracing>("tracing"),
        field<&Observability::trace_verbosity>("traceVerbosity"),
    };
    static constexpr Table table = {"observability", fields};
    return table;
}

const Table& Router::table() {
    static constexpr Field fields[] = {
        field<&Router::entry_points>("entryPoints"),
        field<&Router::middlewares>("middlewares"),
        field<&Router::service>("service"),
        field<&Router::rule>("rule"),
        field<&Router::parent_refs>("parentRefs", {.labels = false}),
        field<&Router::rule_syntax>("ruleSyntax"),
        field<&Router::priority>("priority"),
        field<&Router::tls>("tls", {.bare = true}),
        field<&Router::observability>("observability"),
    };
    static constexpr Table table = {"a router", fields};
    return table;
}

const Table& Cookie::table() {
    static constexpr Field fields[] = {
        field<&Cookie::name>("name"),          field<&Cookie::secure>("secure"),
        field<&Cookie::http_only>("httpOnly"), field<&Cookie::same_site>("sameSite"),
        field<&Cookie::max_age>("maxAge"),     field<&Cookie::path>("path"),
        field<&Cookie::domain>("domain"),
    };
    static constexpr Table table = {"a sticky cookie", fields};
    return table;
}

const Table& Sticky::table() {
    static constexpr Field fields[] = {
        field<&Sticky::cookie>("cookie", {.bare = true}),
    };
    static constexpr Table table = {"sticky", fields};
    return table;
}

const Table& Server::table() {
    static constexpr Field fields[] = {
        field<&Server::url>("url"),
        field<&Server::weight>("weight"),
        field<&Server::preserve_path>("preservePath"),
        field<&Server::scheme>("scheme", {.files = false}),
        field<&Server::port>("port", {.files = false}),
    };
    static constexpr Table table = {"a server", fields};
    return table;
}

const Table& HealthCheck::table() {
    static constexpr Field fields[] = {
        field<&HealthCheck::scheme>("scheme"),
        field<&HealthCheck::mode>("mode"),
        field<&HealthCheck::path>("path"),
        field<&HealthCheck::method>("method"),
        field<&HealthCheck::status>("status"),
        field<&HealthCheck::port>("port"),
        field<&HealthCheck::interval>("interval"),
        field<&HealthCheck::unhealthy_interval>("unhealthyInterval"),
        field<&HealthCheck::timeout>("timeout"),
        field<&HealthCheck::hostname>("hostname"),
        field<&HealthCheck::follow_redirects>("followRedirects"),
        field<&HealthCheck::headers>("headers"),
    };
    static constexpr Table table = {"healthCheck", fields};
    return table;
}

const Table& PassiveHealthCheck::table() {
    static constexpr Field fields[] = {
        field<&PassiveHealthCheck::failure_window>("failureWindow"),
        field<&PassiveHealthCheck::max_failed_attempts>("maxFailedAttempts"),
    };
    static constexpr Table table = {"passiveHealthCheck", fields};
    return table;
}

const Table& ResponseForwarding::table() {
    static constexpr Field fields[] = {
        field<&ResponseForwarding::flush_interval>("flushInterval"),
    };
    static constexpr Table table = {"responseForwarding", fields};
    return table;
}

const Table& LoadBalancer::table() {
    static constexpr Field fields[] = {
        field<&LoadBalancer::sticky>("sticky", {.bare = true}),
        field<&LoadBalancer::servers>("servers", {.singular = "server"}),
        field<&LoadBalancer::strategy>("strategy"),
        field<&LoadBalancer::health_check>("healthCheck"),
        field<&LoadBalancer::passive_health_check>("passiveHealthCheck"),
        field<&LoadBalancer::pass_host_header>("passHostHeader"),
        field<&LoadBalancer::response_forwarding>("responseForwarding"),
        field<&LoadBalancer::servers_transport>("serversTransport"),
    };
    static constexpr Table table = {"a load balancer", fields};
    return table;
}

const Table& NoOptions::table() {
    static constexpr Table table = {"healthCheck", {}};
    return table;
}

const Table& WeightedService::table() {
    static constexpr Field fields[] = {
        field<&WeightedService::name>("name"),
        field<&WeightedService::weight>("weight"),
    };
    static constexpr Table table = {"a weighted service", fields};
    return table;
}

const Table& Weighted::table() {
    static constexpr Field fields[] = {
        field<&Weighted::services>("services"),
        field<&Weighted::sticky>("sticky", {.bare = true}),
        field<&Weighted::health_check>("healthCheck", {.bare = true}),
    };
    static constexpr Table table = {"weighted", fields};
    return table;
}

const Table& HighestRandomWeight::table() {
    static constexpr Field fields[] = {
        field<&HighestRandomWeight::services>("services"),
        field<&HighestRandomWeight::health_check>("healthCheck", {.bare = true}),
    };
    static constexpr Table table = {"highestRandomWeight", fields};
    return table;
}

const Table& MirrorService::table() {
    static constexpr Field fields[] = {
        field<&MirrorService::name>("name"),
        field<&MirrorService::percent>("percent"),
    };
    static constexpr Table table = {"a mirror", fields};
    return table;
}

const Table& Mirroring::table() {
    static constexpr Field fields[] = {
        field<&Mirroring::service>("service"),
        field<&Mirroring::mirror_body>("mirrorBody"),
        field<&Mirroring::max_body_size>("maxBodySize"),
        field<&Mirroring::mirrors>("mirrors"),
        field<&Mirroring::health_check>("healthCheck", {.bare = true}),
    };
    static constexpr Table table = {"mirroring", fields};
    return table;
}

const Table& FailoverErrors::table() {
    static constexpr Field fields[] = {
        field<&FailoverErrors::max_request_body_bytes>("maxRequestBodyBytes"),
        field<&FailoverErrors::status>("status"),
    };
    static constexpr Table table = {"errors", fields};
    return table;
}

const Table& Failover::table() {
    static constexpr Field fields[] = {
        field<&Failover::service>("service"),
        field<&Failover::fallback>("fallback"),
        field<&Failover::health_check>("healthCheck", {.bare = true}),
        field<&Failover::errors>("errors"),
    };
    static constexpr Table table = {"failover", fields};
    return table;
}

const Table& Service::table() {
    static constexpr Field fields[] = {
        field<&Service::middlewares>("middlewares"),
        field<&Service::load_balancer>("loadBalancer"),
        field<&Service::highest_random_weight>("highestRandomWeight", {.labels = false}),
        field<&Service::weighted>("weighted", {.labels = false}),
        field<&Service::mirroring>("mirroring", {.labels = false}),
        field<&Service::failover>("failover", {.labels = false}),
    };
    static constexpr Table table = {"a service", fields};
    return table;
}

const Table& ForwardingTimeouts::table() {
    static constexpr Field fields[] = {
        field<&ForwardingTimeouts::dial_timeout>("dialTimeout"),
        field<&ForwardingTimeouts::response_header_timeout>("responseHeaderTimeout"),
        field<&ForwardingTimeouts::idle_conn_timeout>("idleConnTimeout"),
        field<&ForwardingTimeouts::read_idle_timeout>("readIdleTimeout"),
        field<&ForwardingTimeouts::ping_timeout>("pingTimeout"),
        field<&ForwardingTimeouts::read_timeout>("readTimeout"),
        field<&ForwardingTimeouts::write_timeout>("writeTimeout"),
    };
    static constexpr Table table = {"forwardingTimeouts", fields};
    return table;
}

const Table& ServersTransport::table() {
    static constexpr Field fields[] = {
        field<&ServersTransport::server_name>("serverName"),
        field<&ServersTransport::insecure_skip_verify>("insecureSkipVerify"),
        field<&ServersTransport::root_cas>("rootCAs"),
        field<&ServersTransport::certificates>("certificates"),
        field<&ServersTransport::cipher_suites>("cipherSuites"),
        field<&ServersTransport::min_version>("minVersion"),
        field<&ServersTransport::max_version>("maxVersion"),
        field<&ServersTransport::max_idle_conns_per_host>("maxIdleConnsPerHost"),
        field<&ServersTransport::forwarding_timeouts>("forwardingTimeouts"),
        field<&ServersTransport::disable_http2>("disableHTTP2"),
        field<&ServersTransport::peer_cert_uri>("peerCertURI"),
        field<&ServersTransport::peer_cert_sans>("peerCertSANs"),
        field<&ServersTransport::spiffe>("spiffe", {.bare = true}),
    };
    static constexpr Table table = {"a serversTransport", fields};
    return table;
}

const Table& HttpConfiguration::table() {
    static constexpr Field fields[] = {
        field<&HttpConfiguration::routers>("routers"),
        field<&HttpConfiguration::services>("services"),
        field<&HttpConfiguration::middlewares>("middlewares"),
        field<&HttpConfiguration::servers_transports>("serversTransports", {.labels = false}),
    };
    static constexpr Table table = {"http", fields};
    return table;
}

}   // namespace gatehouse::traefik
