#include "faces/traefik/static_configuration.h"

namespace gatehouse::traefik {

const Table& Global::table() {
    static constexpr Field fields[] = {
        field<&Global::check_new_version>("checkNewVersion", {.notice = "no new versions are looked for"}),
        field<&Global::send_anonymous_usage>("sendAnonymousUsage", {.notice = "nothing is ever sent"}),
        field<&Global::not_append_x_forwarded_for>("notAppendXForwardedFor"),
    };
    static constexpr Table table = {"global", fields};
    return table;
}

const Table& ApiSettings::table() {
    static constexpr Field fields[] = {
        field<&ApiSettings::base_path>("basePath"),
        field<&ApiSettings::insecure>("insecure"),
        field<&ApiSettings::dashboard>("dashboard"),
        field<&ApiSettings::debug>("debug", {.notice = "there are no profiling endpoints"}),
        field<&ApiSettings::disable_dashboard_ad>("disableDashboardAd"),
        field<&ApiSettings::dashboard_name>("dashboardName"),
    };
    static constexpr Table table = {"api", fields};
    return table;
}

const Table& PingSettings::table() {
    static constexpr Field fields[] = {
        field<&PingSettings::entry_point>("entryPoint"),
        field<&PingSettings::manual_routing>("manualRouting"),
        field<&PingSettings::terminating_status_code>("terminatingStatusCode"),
    };
    static constexpr Table table = {"ping", fields};
    return table;
}

const Table& StaticForwardingTimeouts::table() {
    static constexpr Field fields[] = {
        field<&StaticForwardingTimeouts::dial_timeout>("dialTimeout"),
        field<&StaticForwardingTimeouts::response_header_timeout>("responseHeaderTimeout"),
        field<&StaticForwardingTimeouts::idle_conn_timeout>("idleConnTimeout"),
    };
    static constexpr Table table = {"forwardingTimeouts", fields};
    return table;
}

const Table& StaticServersTransport::table() {
    static constexpr Field fields[] = {
        field<&StaticServersTransport::insecure_skip_verify>("insecureSkipVerify"),
        field<&StaticServersTransport::root_cas>("rootCAs"),
        field<&StaticServersTransport::max_idle_conns_per_host>("maxIdleConnsPerHost"),
        field<&StaticServersTransport::forwarding_timeouts>("forwardingTimeouts"),
        field<&StaticServersTransport::spiffe>(
            "spiffe", {.bare = true, .refusal = "SPIFFE identities are not supported"}),
    };
    static constexpr Table table = {"serversTransport", fields};
    return table;
}

const Table& StaticTcpTls::table() {
    static constexpr Field fields[] = {
        field<&StaticTcpTls::insecure_skip_verify>("insecureSkipVerify"),
        field<&StaticTcpTls::root_cas>("rootCAs"),
        field<&StaticTcpTls::spiffe>("spiffe",
                                     {.bare = true, .refusal = "SPIFFE identities are not supported"}),
    };
    static constexpr Table table = {"tls", fields};
    return table;
}

const Table& StaticTcpServersTransport::table() {
    static constexpr Field fields[] = {
        field<&StaticTcpServersTransport::dial_keep_alive>("dialKeepAlive"),
        field<&StaticTcpServersTransport::dial_timeout>("dialTimeout"),
        field<&StaticTcpServersTransport::termination_delay>("terminationDelay"),
        field<&StaticTcpServersTransport::tls>("tls", {.bare = true}),
    };
    static constexpr Table table = {"tcpServersTransport", fields};
    return table;
}

const Table& Core::table() {
    static constexpr Field fields[] = {
        field<&Core::default_rule_syntax>("defaultRuleSyntax"),
    };
    static constexpr Table table = {"core", fields};
    return table;
}

const Table& StaticConfiguration::table() {
    static constexpr Field fields[] = {
        field<&StaticConfiguration::config_file>("configFile"),
        field<&StaticConfiguration::global>("global"),
        field<&StaticConfiguration::entry_points>("entryPoints"),
        field<&StaticConfiguration::providers>("providers"),
        field<&StaticConfiguration::api>("api", {.bare = true}),
        field<&StaticConfiguration::ping>("ping", {.bare = true}),
        field<&StaticConfiguration::metrics>("metrics"),
        field<&StaticConfiguration::log>("log", {.bare = true}),
        field<&StaticConfiguration::access_log>("accessLog", {.bare = true}),
        field<&StaticConfiguration::servers_transport>("serversTransport"),
        field<&StaticConfiguration::tcp_servers_transport>("tcpServersTransport"),
        field<&StaticConfiguration::certificates_resolvers>(
            "certificatesResolvers",
            {.notice = "no certificates are obtained: name files below tls.certificates"}),
        field<&StaticConfiguration::core>("core"),
        field<&StaticConfiguration::tracing>("tracing", {.bare = true, .notice = "nothing is traced"}),
        field<&StaticConfiguration::host_resolver>("hostResolver",
                                                   {.bare = true, .notice = "the system's resolver is used"}),
        field<&StaticConfiguration::experimental>(
            "experimental", {.bare = true, .notice = "plugins and experiments of Traefik are not run"}),
        field<&StaticConfiguration::pilot>("pilot",
                                           {.bare = true, .notice = "there is no Traefik Pilot any more"}),
        field<&StaticConfiguration::hub>("hub",
                                         {.bare = true, .notice = "there is no connection to Traefik Hub"}),
        field<&StaticConfiguration::ocsp>("ocsp", {.bare = true, .notice = "no OCSP responses are fetched"}),
        field<&StaticConfiguration::spiffe>("spiffe",
                                            {.bare = true, .notice = "SPIFFE identities are not used"}),
    };
    static constexpr Table table = {"the static configuration", fields};
    return table;
}

}   // namespace gatehouse::traefik
