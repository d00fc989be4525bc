#pragma once
// An entry point of Traefik: an address it listens on, and how connections and requests are treated there.
// Plain values with Traefik's defaults.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/tls_settings.h"

namespace gatehouse::traefik {

struct LifeCycle {
    Duration request_accept_grace_timeout{};
    Duration grace_timeout = std::chrono::seconds(10);

    static const Table& table();
    bool operator==(const LifeCycle&) const = default;
};

// 0: none.
struct RespondingTimeouts {
    Duration read_timeout = std::chrono::seconds(60);
    Duration write_timeout{};
    Duration idle_timeout = std::chrono::seconds(180);

    static const Table& table();
    bool operator==(const RespondingTimeouts&) const = default;
};

struct EntryPointTransport {
    LifeCycle life_cycle;
    RespondingTimeouts responding_timeouts;
    Duration keep_alive_max_time{};             // 0: no limit
    std::int64_t keep_alive_max_requests = 0;   // 0: no limit

    static const Table& table();
    bool operator==(const EntryPointTransport&) const = default;
};

struct EntryPointProxyProtocol {
    bool insecure = false;   // from anybody
    std::vector<std::string> trusted_ips;

    static const Table& table();
    bool operator==(const EntryPointProxyProtocol&) const = default;
};

struct ForwardedHeaders {
    bool insecure = false;
    std::vector<std::string> trusted_ips;
    std::vector<std::string> connection;
    bool not_append_x_forwarded_for = false;
    bool add_x_forwarded_scheme_headers = false;

    static const Table& table();
    bool operator==(const ForwardedHeaders&) const = default;
};

struct EntryPointRedirect {
    std::string to;   // an entry point's name, or ":port"
    std::string scheme = "https";
    bool permanent = true;
    std::int64_t priority = 9223372036854775806;

    static const Table& table();
    bool operator==(const EntryPointRedirect&) const = default;
};

struct Redirections {
    std::optional<EntryPointRedirect> entry_point;

    static const Table& table();
    bool operator==(const Redirections&) const = default;
};

// What routers of the entry point get that have no tls of their own.
struct EntryPointTls {
    std::string options;
    std::string cert_resolver;
    std::vector<Domain> domains;

    static const Table& table();
    bool operator==(const EntryPointTls&) const = default;
};

// In the path of a request.
struct AllowedCharacters {
    bool allow_encoded_slash = true;
    bool allow_encoded_back_slash = true;
    bool allow_encoded_null_character = true;
    bool allow_encoded_semicolon = true;
    bool allow_encoded_percent = true;
    bool allow_encoded_question_mark = true;
    bool allow_encoded_hash = true;

    static const Table& table();
    bool operator==(const AllowedCharacters&) const = default;
};

struct EntryPointHttp {
    std::optional<Redirections> redirections;
    std::vector<std::string> middlewares;   // before those of the routers
    std::optional<EntryPointTls> tls;
    std::optional<AllowedCharacters> encoded_characters;
    bool encode_query_semicolons = false;
    bool sanitize_path = true;
    std::int64_t max_header_bytes = 1048576;
    std::string underscore_headers_strategy = "keep";   // "keep", "delete", "reject"

    static const Table& table();
    bool operator==(const EntryPointHttp&) const = default;
};

struct EntryPointHttp2 {
    std::int64_t max_concurrent_streams = 250;
    std::int64_t max_decoder_header_table_size = 4096;
    std::int64_t max_encoder_header_table_size = 4096;

    static const Table& table();
    bool operator==(const EntryPointHttp2&) const = default;
};

struct EntryPointUdp {
    Duration timeout = std::chrono::seconds(3);

    static const Table& table();
    bool operator==(const EntryPointUdp&) const = default;
};

struct EntryPointObservability {
    bool access_logs = true;
    bool metrics = true;
    bool tracing = true;
    std::string trace_verbosity = "minimal";

    static const Table& table();
    bool operator==(const EntryPointObservability&) const = default;
};

struct EntryPoint {
    std::string address;   // "[host]:port[/tcp
    bool allow_acme_bypass = false;
    bool reuse_port = false;
    bool as_default = false;
    EntryPointTransport transport;
    std::optional<EntryPointProxyProtocol> proxy_protocol;
    ForwardedHeaders forwarded_headers;
    EntryPointHttp http;
    EntryPointHttp2 http2;
    std::optional<Opaque> http3;
    EntryPointUdp udp;
    std::optional<EntryPointObservability> observability;
    Source source{};

    static const Table& table();
    bool operator==(const EntryPoint&) const = default;
};

}   // namespace gatehouse::traefik
