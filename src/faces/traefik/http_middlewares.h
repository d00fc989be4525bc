#pragma once
// What Traefik's HTTP middlewares can be told, one struct each, with Traefik's defaults. Plain values as
// written: nothing is checked against the world here, and what is left out by Traefik's own decoder is left
// out here.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/tls_settings.h"

namespace gatehouse::traefik {

// Which address counts as the client's.
struct IpStrategy {
    std::int64_t depth = 0;   // 0: the peer's address
    std::vector<std::string> excluded_ips;
    std::optional<std::int64_t> ipv6_subnet;

    static const Table& table();
    bool operator==(const IpStrategy&) const = default;
};

struct SourceCriterion {
    std::optional<IpStrategy> ip_strategy;
    std::string request_header_name;
    bool request_host = false;

    static const Table& table();
    bool operator==(const SourceCriterion&) const = default;
};

struct AddPrefix {
    std::string prefix;

    static const Table& table();
    bool operator==(const AddPrefix&) const = default;
};

struct StripPrefix {
    std::vector<std::string> prefixes;
    std::optional<bool> force_slash;   // deprecated

    static const Table& table();
    bool operator==(const StripPrefix&) const = default;
};

struct StripPrefixRegex {
    std::vector<std::string> regex;

    static const Table& table();
    bool operator==(const StripPrefixRegex&) const = default;
};

struct ReplacePath {
    std::string path;

    static const Table& table();
    bool operator==(const ReplacePath&) const = default;
};

struct ReplacePathRegex {
    std::string regex;
    std::string replacement;

    static const Table& table();
    bool operator==(const ReplacePathRegex&) const = default;
};

struct Chain {
    std::vector<std::string> middlewares;

    static const Table& table();
    bool operator==(const Chain&) const = default;
};

struct IpAllowList {
    std::vector<std::string> source_range;
    std::optional<IpStrategy> ip_strategy;
    std::int64_t reject_status_code = 0;   // 0: 403

    static const Table& table();
    bool operator==(const IpAllowList&) const = default;
};

struct RedirectRegex {
    std::string regex;
    std::string replacement;
    bool permanent = false;

    static const Table& table();
    bool operator==(const RedirectRegex&) const = default;
};

struct RedirectScheme {
    std::string scheme;
    std::string port;
    bool permanent = false;

    static const Table& table();
    bool operator==(const RedirectScheme&) const = default;
};

struct BasicAuth {
    std::vector<std::string> users;
    std::string users_file;
    std::string realm;
    bool remove_header = false;
    std::string header_field;

    static const Table& table();
    bool operator==(const BasicAuth&) const = default;
};

struct DigestAuth {
    std::vector<std::string> users;
    std::string users_file;
    bool remove_header = false;
    std::string realm;
    std::string header_field;

    static const Table& table();
    bool operator==(const DigestAuth&) const = default;
};

struct ForwardAuth {
    std::string address;
    std::optional<ClientTls> tls;
    std::optional<bool> trust_forward_header;
    std::vector<std::string> auth_response_headers;
    std::string auth_response_headers_regex;
    std::vector<std::string> auth_request_headers;
    std::optional<std::int64_t> max_response_body_size;   // bytes
    std::vector<std::string> add_auth_cookies_to_response;
    std::string header_field;
    bool forward_body = false;
    std::int64_t max_body_size = -1;   // bytes; negative: no limit
    bool preserve_location_header = false;
    bool preserve_request_method = false;
    std::string auth_signin_url;

    static const Table& table();
    bool operator==(const ForwardAuth&) const = default;
};

// Bytes; 0: Traefik's default, which is no limit, and 1 MiB of memory.
struct Buffering {
    std::int64_t max_request_body_bytes = 0;
    std::int64_t mem_request_body_bytes = 0;
    std::int64_t max_response_body_bytes = 0;
    std::int64_t mem_response_body_bytes = 0;
    std::string retry_expression;

    static const Table& table();
    bool operator==(const Buffering&) const = default;
};

struct CircuitBreaker {
    std::string expression;
    Duration check_period = std::chrono::milliseconds(100);
    Duration fallback_duration = std::chrono::seconds(10);
    Duration recovery_duration = std::chrono::seconds(10);
    std::int64_t response_code = 503;

    static const Table& table();
    bool operator==(const CircuitBreaker&) const = default;
};

struct Compress {
    std::vector<std::string> excluded_content_types;
    std::vector<std::string> included_content_types;
    std::int64_t min_response_body_bytes = 0;   // 0: 1024
    std::vector<std::string> encodings{"gzip", "br", "zstd"};
    std::string default_encoding;

    static const Table& table();
    bool operator==(const Compress&) const = default;
};

struct ContentType {
    std::optional<bool> auto_detect;

    static const Table& table();
    bool operator==(const ContentType&) const = default;
};

struct GrpcWeb {
    std::vector<std::string> allow_origins;

    static const Table& table();
    bool operator==(const GrpcWeb&) const = default;
};

struct ErrorPage {
    std::vector<std::string> status;   // "500-599", "404"
    std::map<std::string, std::int64_t> status_rewrites;
    std::string service;
    std::string query;
    std::vector<std::string> error_request_headers;

    static const Table& table();
    bool operator==(const ErrorPage&) const = default;
};

struct InFlightReq {
    std::int64_t amount = 0;
    std::optional<SourceCriterion> source_criterion;

    static const Table& table();
    bool operator==(const InFlightReq&) const = default;
};

struct Redis {
    std::vector<std::string> endpoints{"localhost:6379"};
    std::optional<ClientTls> tls;
    std::string username;
    std::string password;
    std::int64_t db = 0;
    std::int64_t pool_size = 0;
    std::int64_t min_idle_conns = 0;
    std::int64_t max_active_conns = 0;
    Duration read_timeout = std::chrono::seconds(3);
    Duration write_timeout = std::chrono::seconds(3);
    Duration dial_timeout = std::chrono::seconds(5);

    static const Table& table();
    bool operator==(const Redis&) const = default;
};

struct RateLimit {
    std::int64_t average = 0;   // requests in a period; 0: no limit
    Duration period = std::chrono::seconds(1);
    std::int64_t burst = 1;
    std::optional<SourceCriterion> source_criterion;
    std::optional<Redis> redis;

    static const Table& table();
    bool operator==(const RateLimit&) const = default;
};

struct Retry {
    std::int64_t attempts = 0;
    Duration timeout{};
    Duration initial_interval{};
    std::int64_t max_request_body_bytes = 2097152;
    std::vector<std::string> status;
    bool disable_retry_on_network_error = false;
    bool retry_non_idempotent_method = false;

    static const Table& table();
    bool operator==(const Retry&) const = default;
};

struct EncodedCharacters {
    bool allow_encoded_slash = false;
    bool allow_encoded_back_slash = false;
    bool allow_encoded_null_character = false;
    bool allow_encoded_semicolon = false;
    bool allow_encoded_percent = false;
    bool allow_encoded_question_mark = false;
    bool allow_encoded_hash = false;

    static const Table& table();
    bool operator==(const EncodedCharacters&) const = default;
};

struct SubjectInfo {
    bool country = false;
    bool province = false;
    bool locality = false;
    bool organization = false;
    bool organizational_unit = false;
    bool common_name = false;
    bool serial_number = false;
    bool domain_component = false;

    static const Table& table();
    bool operator==(const SubjectInfo&) const = default;
};

struct IssuerInfo {
    bool country = false;
    bool province = false;
    bool locality = false;
    bool organization = false;
    bool common_name = false;
    bool serial_number = false;
    bool domain_component = false;

    static const Table& table();
    bool operator==(const IssuerInfo&) const = default;
};

struct ClientCertificateInfo {
    bool not_after = false;
    bool not_before = false;
    bool sans = false;
    bool serial_number = false;
    std::optional<SubjectInfo> subject;
    std::optional<IssuerInfo> issuer;

    static const Table& table();
    bool operator==(const ClientCertificateInfo&) const = default;
};

struct PassTlsClientCert {
    bool pem = false;
    std::optional<ClientCertificateInfo> info;

    static const Table& table();
    bool operator==(const PassTlsClientCert&) const = default;
};

}   // namespace gatehouse::traefik
