#include "faces/traefik/browser_safety_of.h"

#include "base/text.h"

namespace gatehouse::traefik {
namespace {

bool says_anything_of_safety(const HeadersMiddleware& written) {
    HeadersMiddleware rest;
    rest.custom_request_headers = written.custom_request_headers;
    rest.custom_response_headers = written.custom_response_headers;
    rest.access_control_allow_credentials = written.access_control_allow_credentials;
    rest.access_control_allow_headers = written.access_control_allow_headers;
    rest.access_control_allow_methods = written.access_control_allow_methods;
    rest.access_control_allow_origin_list = written.access_control_allow_origin_list;
    rest.access_control_allow_origin_list_regex = written.access_control_allow_origin_list_regex;
    rest.access_control_expose_headers = written.access_control_expose_headers;
    rest.access_control_max_age = written.access_control_max_age;
    rest.add_vary_header = written.add_vary_header;
    return !(rest == written);
}

}   // namespace

model::BrowserSafety browser_safety_of(const HeadersMiddleware& written) {
    model::BrowserSafety safety;
    safety.sts_seconds = written.sts_seconds.value_or(0);
    safety.sts_subdomains = written.sts_include_subdomains;
    safety.sts_preload = written.sts_preload;
    safety.force_sts = written.force_sts_header;
    safety.frame_deny = written.frame_deny;
    safety.frame_options = written.custom_frame_options_value;
    safety.content_type_nosniff = written.content_type_nosniff;
    safety.xss_filter = written.browser_xss_filter;
    safety.xss_value = written.custom_browser_xss_value;
    safety.content_security_policy = written.content_security_policy;
    safety.content_security_policy_report_only = written.content_security_policy_report_only;
    safety.referrer_policy = written.referrer_policy;
    safety.permissions_policy = written.permissions_policy;
    safety.feature_policy = written.feature_policy.value_or("");
    safety.public_key = written.public_key;
    for (const std::string& host : written.allowed_hosts) safety.allowed_hosts.push_back(lower(host));
    safety.hosts_proxy_headers = written.hosts_proxy_headers;
    safety.ssl_proxy_headers = {written.ssl_proxy_headers.begin(), written.ssl_proxy_headers.end()};
    safety.ssl_redirect = written.ssl_redirect.value_or(false);
    safety.ssl_temporary_redirect = written.ssl_temporary_redirect.value_or(false);
    safety.ssl_host = written.ssl_host.value_or("");
    safety.is_development = written.is_development;
    safety.is_set = says_anything_of_safety(written);
    return safety;
}

}   // namespace gatehouse::traefik
