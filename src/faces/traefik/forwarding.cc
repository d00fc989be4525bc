#include "faces/traefik/forwarding.h"

#include <array>

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

}   // namespace

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

model::ForwardHandler forwarding_to(const CompiledService& service, const model::Origin& origin) {
    model::ForwardHandler forward;
    forward.service = service.service;
    forward.origin = origin;
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
    // what these say is meant for nginx; in front of Traefik's services they mean nothing and are passed on
    forward.ignore_headers = {"x-accel-redirect", "x-accel-limit-rate", "x-accel-charset", "x-accel-expires"};
    forward.next.stale = true;
    forward.status_without_endpoint = 503;
    forward.connect_timeout = dial_timeout;
    forward.send_timeout = forward.read_timeout = no_limit;
    forward.header_buffer_bytes = head_bytes;
    forward.buffers_bytes = head_bytes;
    return forward;
}

}   // namespace gatehouse::traefik
