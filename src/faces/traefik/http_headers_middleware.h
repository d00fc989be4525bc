#pragma once
// The headers middleware of Traefik: header edits, CORS and the security headers. Plain values as written.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/http_middlewares.h"

namespace gatehouse::traefik {

struct HeadersMiddleware {
    std::map<std::string, std::string> custom_request_headers;   // an empty value removes the header
    std::map<std::string, std::string> custom_response_headers;
    bool access_control_allow_credentials = false;
    std::vector<std::string> access_control_allow_headers;
    std::vector<std::string> access_control_allow_methods;
    std::vector<std::string> access_control_allow_origin_list;
    std::vector<std::string> access_control_allow_origin_list_regex;
    std::vector<std::string> access_control_expose_headers;
    std::optional<std::int64_t> access_control_max_age;   // seconds
    bool add_vary_header = false;
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> hosts_proxy_headers;
    std::map<std::string, std::string> ssl_proxy_headers;
    std::optional<std::int64_t> sts_seconds;
    bool sts_include_subdomains = false;
    bool sts_preload = false;
    bool force_sts_header = false;
    bool frame_deny = false;
    std::string custom_frame_options_value;
    bool content_type_nosniff = false;
    bool browser_xss_filter = false;
    std::string custom_browser_xss_value;
    std::string content_security_policy;
    std::string content_security_policy_report_only;
    std::string public_key;
    std::string referrer_policy;
    std::string permissions_policy;
    bool is_development = false;
    std::optional<std::string> feature_policy;   // this and what follows: of Traefik 2, deprecated
    std::optional<bool> ssl_redirect;
    std::optional<bool> ssl_temporary_redirect;
    std::optional<std::string> ssl_host;
    std::optional<bool> ssl_force_host;

    static const Table& table();
    bool operator==(const HeadersMiddleware&) const = default;
};

// One of these is set.
struct Middleware {
    std::optional<AddPrefix> add_prefix;
    std::optional<StripPrefix> strip_prefix;
    std::optional<StripPrefixRegex> strip_prefix_regex;
    std::optional<ReplacePath> replace_path;
    std::optional<ReplacePathRegex> replace_path_regex;
    std::optional<Chain> chain;
    std::optional<IpAllowList> ip_white_list;   // deprecated, the same as ipAllowList
    std::optional<IpAllowList> ip_allow_list;
    std::optional<HeadersMiddleware> headers;
    std::optional<EncodedCharacters> encoded_characters;
    std::optional<ErrorPage> errors;
    std::optional<RateLimit> rate_limit;
    std::optional<RedirectRegex> redirect_regex;
    std::optional<RedirectScheme> redirect_scheme;
    std::optional<BasicAuth> basic_auth;
    std::optional<DigestAuth> digest_auth;
    std::optional<ForwardAuth> forward_auth;
    std::optional<InFlightReq> in_flight_req;
    std::optional<Buffering> buffering;
    std::optional<CircuitBreaker> circuit_breaker;
    std::optional<Compress> compress;
    std::optional<PassTlsClientCert> pass_tls_client_cert;
    std::optional<Retry> retry;
    std::optional<ContentType> content_type;
    std::optional<GrpcWeb> grpc_web;
    std::map<std::string, Opaque> plugin;
    Source source{};

    static const Table& table();
    bool operator==(const Middleware&) const = default;
};

}   // namespace gatehouse::traefik
