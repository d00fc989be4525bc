#pragma once
// A site (virtual host): the names it answers to, its own script and settings, and its routes, chosen by
// location or by rule.

#include "model/matcher.h"
#include "model/name_matcher.h"
#include "model/rule_matcher.h"
#include "model/tls_by_name.h"
#include "tls/context.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::model {

// Limits and habits of a connection before a route is known: taken from the listener's default site.
struct ConnectionSettings {
    Milliseconds header_timeout{60'000};      // client_header_timeout
    std::size_t header_buffer_bytes = 1024;   // client_header_buffer_size
    unsigned large_buffers = 4;               // large_client_header_buffers: number …
    std::size_t large_buffer_bytes = 8192;    // … and size: limit of a line
    unsigned max_fields = 1000;               // max_headers
    bool ignore_invalid_fields = true;        // ignore_invalid_headers: drop them; off: 400
    bool underscores = false;                 // underscores_in_headers
    bool merge_slashes = true;
    bool http2 = false;             // `http2 on`
    unsigned http2_streams = 128;   // http2_max_concurrent_streams
};

// Routes that rules choose: those of Traefik's routers.
struct RuleRoutes {
    std::shared_ptr<const RuleMatcher> matcher;   // RuleEntry::value: which of …
    std::vector<std::shared_ptr<const Route>> routes;
};

struct Site {
    Origin origin;
    std::string name;   // $server_name: the first server_name
    std::vector<SiteName> names;
    ConnectionSettings connection;
    std::shared_ptr<const tls::ServerContext> tls;   // null: without certificates; shared with equal sites
    std::shared_ptr<const TlsByName> tls_by_name;    // of a Listener::secure_site, beside `tls`; else null
    bool has_tunnels = false;                        // some route is one: CONNECT means something here
    Script script;                                   // server-level rewrite
    std::shared_ptr<const Route> defaults;           // the server level as a route
    std::unique_ptr<const LocationMatcher> routes;   // either this …
    std::unique_ptr<const RuleRoutes> rules;         // … or this; what no rule takes has no route: 404
};

}   // namespace gatehouse::model
