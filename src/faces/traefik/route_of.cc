#include "faces/traefik/route_of.h"

#include "faces/traefik/forwarding.h"

#include <limits>

namespace gatehouse::traefik {
namespace {

using namespace std::chrono_literals;

constexpr model::Milliseconds no_limit = 24h;   // where Traefik waits for ever

model::Route plain_route(const std::string& name, const ReadyEntryPoint& entry_point,
                         const CompilerOptions& options) {
    model::Route route;
    route.name = name;
    route.real_ip = entry_point.real_ip;
    route.error_text = model::Route::ErrorText::phrase;
    route.access_logs = options.access_logs;
    route.error_logs = options.error_logs;
    route.max_body_bytes = std::nullopt;
    route.server_tokens = false;
    route.absolute_redirect = false;
    const auto limit = [](model::Milliseconds time) { return time.count() == 0 ? no_limit : time; };
    route.client_body_timeout = limit(entry_point.read_timeout);
    route.send_timeout = limit(entry_point.write_timeout);
    route.keepalive_timeout = limit(entry_point.idle_timeout);
    route.keepalive_time = limit(entry_point.keepalive_time);
    route.keepalive_requests = entry_point.keepalive_requests == 0 ? std::numeric_limits<std::uint64_t>::max()
                                                                   : entry_point.keepalive_requests;
    return route;
}

}   // namespace

std::shared_ptr<const model::Route> route_of(const std::string& name, const Router& router,
                                             const ReadyEntryPoint& entry_point,
                                             const CompiledService& service, Filters filters,
                                             const CompilerOptions& options) {
    auto route = std::make_shared<model::Route>(plain_route(name, entry_point, options));
    route->origin = router.source.origin;
    route->filters = std::move(filters);
    if (service.admin) {
        route->handler = *service.admin;
    } else if (service.choice != nullptr) {
        route->handler = model::ChoiceHandler{service.choice};
    } else {
        route->handler = forwarding_to(service, router.source.origin);
    }
    return route;
}

std::shared_ptr<const model::Route> route_of_nobody(const ReadyEntryPoint& entry_point,
                                                    const CompilerOptions& options) {
    auto route = std::make_shared<model::Route>(plain_route("no router", entry_point, options));
    route->internal = true;
    return route;
}

}   // namespace gatehouse::traefik
