#include "exchange/filters/browser_safety.h"

#include "base/text.h"
#include "exchange/filters/request_facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

bool came_over_tls(const Exchange& exchange, const model::BrowserSafety& settings) {
    if (exchange.client.is_secure()) return true;
    const auto says_so = [&](const auto& named) {
        const auto* field = exchange.request.fields.find(named.first);
        return field != nullptr && field->value == named.second;
    };
    return std::ranges::any_of(settings.ssl_proxy_headers, says_so);
}

std::string_view named_host(const Exchange& exchange, const model::BrowserSafety& settings) {
    for (const auto& name : settings.hosts_proxy_headers) {
        const auto* field = exchange.request.fields.find(name);
        if (field != nullptr && !field->value.empty()) return field->value;
    }
    return host_as_sent(exchange);
}

bool is_allowed_host(const Exchange& exchange, const model::BrowserSafety& settings) {
    if (settings.allowed_hosts.empty()) return true;
    const auto host = named_host(exchange, settings);
    return std::ranges::any_of(settings.allowed_hosts,
                               [&](const auto& allowed) { return equals_ignoring_case(allowed, host); });
}

Outcome redirect_to_tls(Exchange& exchange, const model::BrowserSafety& settings) {
    const auto host =
        settings.ssl_host.empty() ? host_as_sent(exchange) : std::string_view(settings.ssl_host);
    const auto location = exchange.arena().concat({"https://", host, request_uri(exchange)});
    exchange.response = Response{};
    exchange.response.fields.add(exchange.arena(), http::make_field(http::FieldId::location, location));
    return Outcome::answer(settings.ssl_temporary_redirect ? 307 : 301);
}

std::string sts_of(const model::BrowserSafety& settings) {
    return fmt::format("max-age={}{}{}", settings.sts_seconds,
                       settings.sts_subdomains ? "; includeSubDomains" : "",
                       settings.sts_preload ? "; preload" : "");
}

}   // namespace

Outcome check_safety(Exchange& exchange, const model::BrowserSafety& settings) {
    if (settings.is_development) return Outcome::go_on();
    if (!is_allowed_host(exchange, settings)) {
        exchange.reason = "host-not-allowed";
        return Outcome::answer(500);
    }
    if (settings.ssl_redirect && !came_over_tls(exchange, settings))
        return redirect_to_tls(exchange, settings);
    return Outcome::go_on();
}

void add_safety_fields(Exchange& exchange, const model::BrowserSafety& settings) {
    const auto set = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) set_response_field(exchange, name, value);
    };
    if (!settings.is_development) {
        const bool wants_sts = settings.force_sts || came_over_tls(exchange, settings);
        if (settings.sts_seconds != 0 && wants_sts)
            set("Strict-Transport-Security", exchange.keep(sts_of(settings)));
        set("Public-Key-Pins", settings.public_key);
    }
    if (!settings.frame_options.empty()) {
        set("X-Frame-Options", settings.frame_options);
    } else if (settings.frame_deny) {
        set("X-Frame-Options", "DENY");
    }
    if (settings.content_type_nosniff) set("X-Content-Type-Options", "nosniff");
    if (!settings.xss_value.empty()) {
        set("X-XSS-Protection", settings.xss_value);
    } else if (settings.xss_filter) {
        set("X-XSS-Protection", "1; mode=block");
    }
    set("Content-Security-Policy", settings.content_security_policy);
    set("Content-Security-Policy-Report-Only", settings.content_security_policy_report_only);
    set("Referrer-Policy", settings.referrer_policy);
    set("Feature-Policy", settings.feature_policy);
    set("Permissions-Policy", settings.permissions_policy);
}

}   // namespace gatehouse::exchange
