#pragma once
// Fields set or removed on the way in and out, CORS (the Fetch standard) and what keeps browsers from doing
// unsafe things: Traefik's `headers`.

#include "model/linear_regex.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::model {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

struct Cors {
    std::vector<std::string> origins;   // allowed; "*": all
    std::vector<std::shared_ptr<const LinearRegex>> origin_patterns;
    std::vector<std::string> methods, headers, expose_headers;
    std::optional<std::int64_t> max_age;   // seconds
    bool credentials = false;
    bool add_vary = false;
    // Whether preflights are answered here; what else is set only shows in answers.
    [[nodiscard]] bool is_set() const {
        return credentials || add_vary || !origins.empty() || !origin_patterns.empty() || !methods.empty() ||
               !headers.empty() || !expose_headers.empty() || max_age.has_value();
    }
};

struct BrowserSafety {
    std::int64_t sts_seconds = 0;   // 0: no Strict-Transport-Security
    bool sts_subdomains = false, sts_preload = false;
    bool force_sts = false;   // also over plain HTTP
    bool frame_deny = false;
    std::string frame_options;   // instead of DENY
    bool content_type_nosniff = false;
    bool xss_filter = false;
    std::string xss_value;   // instead of "1; mode=block"
    std::string content_security_policy, content_security_policy_report_only;
    std::string referrer_policy, permissions_policy, feature_policy, public_key;
    std::vector<std::string> allowed_hosts;         // lower case; empty: all
    std::vector<std::string> hosts_proxy_headers;   // where else a host may be named, before Host
    NamedValues ssl_proxy_headers;                  // fields that say that the client came over TLS
    bool ssl_redirect = false, ssl_temporary_redirect = false;   // of old; `redirectscheme` took their place
    std::string ssl_host;
    bool is_development = false;   // none of what would be in the way of one
    bool is_set = false;
};

struct EditHeaders {
    NamedValues request, response;   // an empty value removes the field
    Cors cors;
    BrowserSafety safety;
};

}   // namespace gatehouse::model
