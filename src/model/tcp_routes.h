#pragma once
// Connections of a listener for requests that are passed on as bytes instead: Traefik's TCP routers. Rules
// choose by what is known before anything is answered: whom a connection is from and what its TLS hello says.
// Immutable once its snapshot is compiled.

#include "model/real_ip.h"
#include "model/rule_matcher.h"
#include "model/tcp_site.h"
#include "model/tls_by_name.h"

#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse::model {

struct TcpRoute {
    std::shared_ptr<const TcpSite> site;
    bool is_catch_all = false;   // its rule is true of every connection
};

struct TcpRoutes {
    // Of connections without TLS, and of those with it. RuleEntry::value: which of …
    RuleMatcher plain, secure;
    std::vector<TcpRoute> routes;
    RealIp real_ip;                        // from a PROXY protocol header
    std::size_t hello_bytes = 16 * 1024;   // the most of a hello that is looked at

    // Null: requests are served. As Traefik has it, a name that routes of HTTPS are for is theirs, and so is
    // what only a route for everything would take, where one of theirs is for everything, too. `of_https`:
    // null where nothing is said of HTTPS.
    [[nodiscard]] const TcpRoute* find_secure(RuleFacts& facts, const TlsByName* of_https) const;
    [[nodiscard]] const TcpRoute* find_plain(RuleFacts& facts) const;
};

}   // namespace gatehouse::model
