#include "faces/traefik/http_headers_middleware.h"

namespace gatehouse::traefik {

const Table& HeadersMiddleware::table() {
    static constexpr Field fields[] = {
        field<&HeadersMiddleware::custom_request_headers>("customRequestHeaders"),
        field<&HeadersMiddleware::custom_response_headers>("customResponseHeaders"),
        field<&HeadersMiddleware::access_control_allow_credentials>("accessControlAllowCredentials"),
        field<&HeadersMiddleware::access_control_allow_headers>("accessControlAllowHeaders"),
        field<&HeadersMiddleware::access_control_allow_methods>("accessControlAllowMethods"),
        field<&HeadersMiddleware::access_control_allow_origin_list>("accessControlAllowOriginList"),
        field<&HeadersMiddleware::access_control_allow_origin_list_regex>(
            "accessControlAllowOriginListRegex"),
        field<&HeadersMiddleware::access_control_expose_headers>("accessControlExposeHeaders"),
        field<&HeadersMiddleware::access_control_max_age>("accessControlMaxAge"),
        field<&HeadersMiddleware::add_vary_header>("addVaryHeader"),
        field<&HeadersMiddleware::allowed_hosts>("allowedHosts"),
        field<&HeadersMiddleware::hosts_proxy_headers>("hostsProxyHeaders"),
        field<&HeadersMiddleware::ssl_proxy_headers>("sslProxyHeaders"),
        field<&HeadersMiddleware::sts_seconds>("stsSeconds"),
        field<&HeadersMiddleware::sts_include_subdomains>("stsIncludeSubdomains"),
        field<&HeadersMiddleware::sts_preload>("stsPreload"),
        field<&HeadersMiddleware::force_sts_header>("forceSTSHeader"),
        field<&HeadersMiddleware::frame_deny>("frameDeny"),
        field<&HeadersMiddleware::custom_frame_options_value>("customFrameOptionsValue"),
        field<&HeadersMiddleware::content_type_nosniff>("contentTypeNosniff"),
        field<&HeadersMiddleware::browser_xss_filter>("browserXssFilter"),
        field<&HeadersMiddleware::custom_browser_xss_value>("customBrowserXSSValue"),
        field<&HeadersMiddleware::content_security_policy>("contentSecurityPolicy"),
        field<&HeadersMiddleware::content_security_policy_report_only>("contentSecurityPolicyReportOnly"),
        field<&HeadersMiddleware::public_key>("publicKey"),
        field<&HeadersMiddleware::referrer_policy>("referrerPolicy"),
        field<&HeadersMiddleware::permissions_policy>("permissionsPolicy"),
        field<&HeadersMiddleware::is_development>("isDevelopment"),
        field<&HeadersMiddleware::feature_policy>("featurePolicy"),
        field<&HeadersMiddleware::ssl_redirect>("sslRedirect"),
        field<&HeadersMiddleware::ssl_temporary_redirect>("sslTemporaryRedirect"),
        field<&HeadersMiddleware::ssl_host>("sslHost"),
        field<&HeadersMiddleware::ssl_force_host>("sslForceHost"),
    };
    static constexpr Table table = {"headers", fields};
    return table;
}

const Table& Middleware::table() {
    static constexpr Field fields[] = {
        field<&Middleware::add_prefix>("addPrefix"),
        field<&Middleware::strip_prefix>("stripPrefix"),
        field<&Middleware::strip_prefix_regex>("stripPrefixRegex"),
        field<&Middleware::replace_path>("replacePath"),
        field<&Middleware::replace_path_regex>("replacePathRegex"),
        field<&Middleware::chain>("chain"),
        field<&Middleware::ip_white_list>("ipWhiteList"),
        field<&Middleware::ip_allow_list>("ipAllowList"),
        field<&Middleware::headers>("headers"),
        field<&Middleware::encoded_characters>("encodedCharacters"),
        field<&Middleware::errors>("errors"),
        field<&Middleware::rate_limit>("rateLimit"),
        field<&Middleware::redirect_regex>("redirectRegex"),
        field<&Middleware::redirect_scheme>("redirectScheme"),
        field<&Middleware::basic_auth>("basicAuth"),
        field<&Middleware::digest_auth>("digestAuth"),
        field<&Middleware::forward_auth>("forwardAuth"),
        field<&Middleware::in_flight_req>("inFlightReq"),
        field<&Middleware::buffering>("buffering"),
        field<&Middleware::circuit_breaker>("circuitBreaker"),
        field<&Middleware::compress>("compress", {.bare = true}),
        field<&Middleware::pass_tls_client_cert>("passTLSClientCert"),
        field<&Middleware::retry>("retry"),
        field<&Middleware::content_type>("contentType", {.bare = true}),
        field<&Middleware::grpc_web>("grpcWeb"),
        field<&Middleware::plugin>("plugin"),
    };
    static constexpr Table table = {"a middleware", fields};
    return table;
}

}   // namespace gatehouse::traefik
