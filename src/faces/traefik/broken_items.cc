#include "faces/traefik/broken_items.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {
namespace {

constexpr std::string_view own_provider = "@docker";

template <class Items>
bool is_broken(const Items& items, std::string_view reference) {
    if (reference.ends_with(own_provider)) reference.remove_suffix(own_provider.size());
    const auto found = items.find(std::string(reference));
    return found != items.end() && found->second.source.broken;
}

template <class Item, class Used>
bool breaks_through(Item& item, std::string_view kind, const std::string& name, std::string_view used_kind,
                    const std::string& reference, const Used& used, Remarks& remarks) {
    if (item.source.broken || !is_broken(used, reference)) return false;
    item.source.broken = true;
    remarks.error(item.source.origin,
                  fmt::format("{} \"{}\" is not used, because the labels of its {} \"{}\" are wrong", kind,
                              name, used_kind, reference));
    return true;
}

bool spread_to_middlewares(HttpConfiguration& http, Remarks& remarks) {
    bool spread = false;
    for (auto& [name, middleware] : http.middlewares) {
        if (middleware.chain) {
            for (const std::string& part : middleware.chain->middlewares) {
                spread |= breaks_through(middleware, "middleware", name, "middleware", part, http.middlewares,
                                         remarks);
            }
        }
        if (middleware.errors) {
            spread |= breaks_through(middleware, "middleware", name, "service", middleware.errors->service,
                                     http.services, remarks);
        }
    }
    for (auto& [name, service] : http.services) {
        for (const std::string& part : service.middlewares) {
            spread |= breaks_through(service, "service", name, "middleware", part, http.middlewares, remarks);
        }
    }
    return spread;
}

template <class Section>
void spread_to_routers(Section& section, std::string_view kind, Remarks& remarks) {
    for (auto& named : section.routers) {
        const std::string& name = named.first;
        auto& router = named.second;
        breaks_through(router, kind, name, "service", router.service, section.services, remarks);
        if constexpr (requires { router.middlewares; }) {
            for (const std::string& part : router.middlewares) {
                breaks_through(router, kind, name, "middleware", part, section.middlewares, remarks);
            }
        }
    }
}

template <class Items>
void erase(Items& items) {
    std::erase_if(items, [](const auto& named) { return named.second.source.broken; });
}

}   // namespace

void spread_brokenness(DynamicConfiguration& configuration, Remarks& remarks) {
    while (spread_to_middlewares(configuration.http, remarks)) {
    }
    spread_to_routers(configuration.http, "http router", remarks);
    spread_to_routers(configuration.tcp, "tcp router", remarks);
    spread_to_routers(configuration.udp, "udp router", remarks);
}

void erase_broken(DynamicConfiguration& configuration) {
    auto& [http, tcp, udp, tls] = configuration;
    erase(http.routers);
    erase(http.services);
    erase(http.middlewares);
    erase(http.servers_transports);
    erase(tcp.routers);
    erase(tcp.services);
    erase(tcp.middlewares);
    erase(tcp.servers_transports);
    erase(udp.routers);
    erase(udp.services);
    erase(tls.options);
    erase(tls.stores);
}

}   // namespace gatehouse::traefik
