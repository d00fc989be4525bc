#include "faces/nginx/services.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse::nginx {

std::shared_ptr<const model::Service> service_of(Compilation& compilation, const EndpointText& endpoint,
                                                 const Word& where) {
    if (const auto upstream = compilation.upstreams.find(lower(endpoint.host));
        upstream != compilation.upstreams.end() && !endpoint.is_unix) {
        if (!endpoint.has_port) return upstream->second;
        compilation.error(where,
                          fmt::format("upstream \"{}\" may not have port {}", endpoint.host, endpoint.port),
                          "the ports stand in the upstream block");
        return nullptr;
    }
    const std::string name = endpoint.is_unix ? "unix:" + endpoint.host
                                              : fmt::format("{}:{}", lower(endpoint.host), endpoint.port);
    auto& known = compilation.implicit_services[name];
    if (known) return known;
    auto service = std::make_shared<model::Service>();
    service->name = name;
    service->origin = compilation.origin(where.position);
    model::ServerEntry& server = service->servers.emplace_back();
    server.origin = service->origin;
    server.host = endpoint.host;
    server.written = endpoint.is_unix || endpoint.has_port ? name : endpoint.host;
    server.port = endpoint.port;
    server.is_unix = endpoint.is_unix;
    known = service;
    return known;
}

TlsTarget tls_target_of(const EndpointText& endpoint, const model::Service& service) {
    SocketAddress address;
    const bool is_address = endpoint.is_unix || SocketAddress::parse(endpoint.host, 0, address);
    return service.is_explicit || is_address ? TlsTarget::other : TlsTarget::host;
}

}   // namespace gatehouse::nginx
