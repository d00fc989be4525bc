// The inside of an upstream block.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;
using namespace model;

constexpr Entry entries[] = {
    // http_upstream_hash
    {"hash", at::upstream, takes(1, 2), acts(upstream_hash)},
    // http_upstream_ip_hash
    {"ip_hash", at::upstream, none, acts(upstream_ip_hash)},
    // http_upstream_keepalive
    {"keepalive", at::upstream, takes(1, 2), acts(upstream_keepalive)},
    {"keepalive_time", at::upstream, takes(1), acts(set_time<&KeepAlivePool::time>)},
    {"keepalive_timeout", at::upstream, takes(1), acts(set_time<&KeepAlivePool::idle_timeout>)},
    {"keepalive_requests", at::upstream, takes(1), acts(set_number<&KeepAlivePool::requests>)},
    // http_upstream_least_conn
    {"least_conn", at::upstream, none, acts(upstream_least_conn)},
    // http_upstream_least_time
    {"least_time", at::upstream, takes(1, 2), refused(not_yet)},
    // http_upstream_random
    {"random", at::upstream, takes(0, 2), acts(upstream_random)},
    // http_upstream_sticky
    {"sticky", at::upstream, at_least(2), refused(not_yet)},
    // http_upstream_zone
    {"zone", at::upstream, takes(1, 2), notice("the state of an upstream is always shared by all workers")},
    // http_upstream
    {"upstream", at::http, block(takes(1)), defines(upstream)},
    {"server", at::upstream, at_least(1), acts(upstream_server)},
    {"resolver", at::upstream, at_least(1),
     refused("put \"resolver\" into the http block; names are always looked up again")},
    {"resolver_timeout", at::upstream, takes(1),
     notice("names are looked up as the resolver of the http block says")},
};

}   // namespace

std::span<const Entry> upstream_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
