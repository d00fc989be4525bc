#include "model/tcp_routes.h"

namespace gatehouse::model {

const TcpRoute* TcpRoutes::find_plain(RuleFacts& facts) const {
    const auto* found = plain.match(facts);
    return found == nullptr ? nullptr : &routes[found->value];
}

const TcpRoute* TcpRoutes::find_secure(RuleFacts& facts, const TlsByName* of_https) const {
    if (of_https != nullptr && of_https->hosts.find(facts.host)) return nullptr;
    const auto* found = secure.match(facts);
    if (found == nullptr) return nullptr;
    const TcpRoute& route = routes[found->value];
    const bool https_takes_all = of_https != nullptr && of_https->has_nameless_routes;
    return route.is_catch_all && https_takes_all ? nullptr : &route;
}

}   // namespace gatehouse::model
