#include "faces/traefik/route_of.h"

#include <array>
#include <limits>

namespace gatehouse::traefik {
namespace {

using namespace std::chrono_literals;

constexpr model::Milliseconds no_limit = 24h;   // where Traefik waits for ever
constexpr model::Milliseconds dial_timeout = 30s;
constexpr std::size_t head_bytes = 64 * 1024;   // of a response; Go takes up to 1 MiB

model::Template variable(model::VariableId id) {
    model::VariableRef ref;
    ref.id = id;
    return model::Template(std::vector<model::Template::Part>{ref});
}

// Each once for all routes: copies share what they hold.
const model::UpstreamHeaders& headers_with(bool pass_host) {
    static const auto made = [] {
        std::array<model::UpstreamHeaders, 2> all;
        for (const bool pass : {false, true}) {
            auto& headers = all.at(pass ? 1 : 0);
            headers.add("Host",
                        variable(pass ? model::VariableId::http_host_raw : model::VariableId::proxy_host));
            headers.add("X-Forwarded-For", variable(model::VariableId::proxy_add_x_forwarded_for));
            for (const char* dropped : {"Connection", "Proxy-Connection", "Keep-Alive", "Expect"})
                headers.add(dropped, {});
        }
        return all;
    }();
    return made.at(pass_host ? 1 : 0);
}

std::shared_ptr<const tls::ClientContext> client_context(bool verify) {
    const auto make = [](bool verified) {
        tls::ClientSettings settings;
        settings.verify = verified;
        auto context = tls::ClientContext::make(std::move(settings));
        return context ? *context : nullptr;
    };
    static const std::shared_ptr<const tls::ClientContext> verifying = make(true), trusting = make(false);
    return verify ? verifying : trusting;
}

model::ForwardHandler forwarding(const CompiledService& service, const Router& router) {
    model::ForwardHandler forward;
    forward.service = service.service;
    forward.origin = router.source.origin;
    const bool is_secure = service.scheme == "https";
    const auto& servers = service.service->servers;
    if (!servers.empty()) {
        forward.host = servers.front().as_written();
        forward.port = servers.front().port;
    }
    forward.scheme = is_secure ? "https" : "http";
    forward.http_2 = service.scheme == "h2c";
    if (is_secure) {
        forward.tls = client_context(service.verify);
        forward.tls_name = service.server_name.empty() ? variable(model::VariableId::host)
                                                       : model::Template(service.server_name);
        forward.tls_sends_name = true;
    }
    forward.set_headers = headers_with(service.pass_host);
    forward.buffering = forward.request_buffering = false;
    forward.next.stale = true;
    forward.connect_timeout = dial_timeout;
    forward.send_timeout = forward.read_timeout = no_limit;
    forward.header_buffer_bytes = head_bytes;
    forward.buffers_bytes = head_bytes;
    return forward;
}

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
    } else {
        route->handler = forwarding(service, router);
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
