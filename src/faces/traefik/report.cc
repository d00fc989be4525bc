#include "faces/traefik/report.h"

#include "base/text.h"
#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/json_showing.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace gatehouse::traefik {
namespace {

admin::Status status_of(const ItemState& state) {
    switch (state.status) {
        case ItemState::Status::enabled: break;
        case ItemState::Status::warning: return admin::Status::warning;
        case ItemState::Status::disabled: return admin::Status::disabled;
    }
    return admin::Status::enabled;
}

template <class Table>
const ItemState& state_in(const Table& states, const std::string& name) {
    static const ItemState unknown{};
    const auto found = states.find(name);
    return found == states.end() ? unknown : found->second;
}

void take_state(admin::Item& item, const ItemState& state) {
    item.status = status_of(state);
    item.errors = state.errors;
}

class Making {
public:
    explicit Making(const ReportSources& sources) : sources_(sources) {
        for (const auto& service : sources.services) services_.emplace(service->key(), service);
    }

    admin::Report make() {
        for (const Provided& provider : sources_.provided) {
            const auto& http = provider.configuration.http;
            for (const auto& [name, written] : http.routers)
                add(qualify(name, provider.name), written, provider.name);
            for (const auto& [name, written] : http.services) add(qualify(name, provider.name), written);
            for (const auto& [name, written] : http.middlewares) add(qualify(name, provider.name), written);
            const auto& tcp = provider.configuration.tcp;
            for (const auto& [name, written] : tcp.routers)
                add(qualify(name, provider.name), written, provider.name);
            for (const auto& [name, written] : tcp.services) add(qualify(name, provider.name), written);
            for (const auto& [name, written] : tcp.middlewares) add(qualify(name, provider.name), written);
            for (const auto& [name, written] : provider.configuration.udp.routers)
                report_.udp.routers.push_back(udp_router(qualify(name, provider.name), written));
            for (const auto& [name, written] : provider.configuration.udp.services)
                add(qualify(name, provider.name), written);
        }
        if (sources_.verdicts != nullptr) {
            for (const auto& [id, verdict] : *sources_.verdicts) add(verdict);
        }
        for (auto* protocol : {&report_.http, &report_.tcp, &report_.udp}) {
            std::ranges::sort(protocol->routers, {}, &admin::Item::name);
            std::ranges::sort(protocol->services, {}, &admin::Item::name);
            std::ranges::sort(protocol->middlewares, {}, &admin::Item::name);
            tell_uses(*protocol);
        }
        std::ranges::sort(report_.containers, {}, &admin::Container::name);
        return std::move(report_);
    }

private:
    void add(std::string name, const Router& written, const std::string& provider) {
        report_.http.routers.push_back(router(std::move(name), written, provider, sources_.states));
    }
    void add(std::string name, const TcpRouter& written, const std::string& provider) {
        report_.tcp.routers.push_back(router(std::move(name), written, provider, sources_.states.tcp));
    }

    template <class Written>
    static admin::Router router(std::string name, const Written& written, const std::string& provider,
                                const ProtocolStates& states) {
        const ItemState& state = state_in(states.routers, name);
        admin::Router router;
        router.name = std::move(name);
        take_state(router, state);
        router.json = json_members(written);
        router.rule = written.rule;
        router.service = written.service.empty() ? "" : qualify(written.service, provider);
        router.priority = state.priority != 0 ? state.priority : written.priority;
        for (const auto& middleware : written.middlewares)
            router.middlewares.push_back(qualify(middleware, provider));
        router.at = state.using_entry_points;
        router.tls = written.tls.has_value();
        return router;
    }

    // Whether it is served or not: who needs what is broken is what one wants to know.
    static void tell_uses(admin::Protocol& protocol) {
        const auto tell = [](auto& items, const std::string& name, const std::string& router) {
            const auto found = std::ranges::lower_bound(items, name, {}, &admin::Item::name);
            if (found == items.end() || found->name != name) return;
            if (found->used_by.empty() || found->used_by.back() != router) found->used_by.push_back(router);
        };
        for (const admin::Router& router : protocol.routers) {
            tell(protocol.services, router.service, router.name);
            for (const auto& middleware : router.middlewares)
                tell(protocol.middlewares, middleware, router.name);
        }
    }

    admin::Router udp_router(std::string name, const UdpRouter& written) const {
        const ItemState& state = state_in(sources_.states.udp.routers, name);
        admin::Router router;
        take_state(router, state);
        router.name = std::move(name);
        router.json = json_members(written);
        router.at = state.using_entry_points;
        if (!written.service.empty()) router.service = qualify(written.service, router.provider());
        return router;
    }

    void add(std::string name, const Service& written) {
        auto made = service(std::move(name), written, sources_.states, "");
        if (written.load_balancer) {
            for (const Server& server : written.load_balancer->servers) add_server(made, server);
        }
        report_.http.services.push_back(std::move(made));
    }
    void add(std::string name, const TcpService& written) {
        auto made = service(std::move(name), written, sources_.states.tcp, "tcp ");
        if (written.load_balancer) {
            for (const TcpServer& server : written.load_balancer->servers)
                made.servers.push_back({.url = server.address, .written = server.address});
        }
        report_.tcp.services.push_back(std::move(made));
    }

    void add(std::string name, const UdpService& written) {
        auto made = service(std::move(name), written, sources_.states.udp, "tcp udp ");
        if (written.load_balancer) {
            for (const UdpServer& server : written.load_balancer->servers)
                made.servers.push_back({.url = server.address, .written = server.address});
        }
        report_.udp.services.push_back(std::move(made));
    }

    // `kind`: what model::Service::key() has before the name.
    template <class Written>
    admin::Service service(std::string name, const Written& written, const ProtocolStates& states,
                           const std::string& kind) const {
        const ItemState& state = state_in(states.services, name);
        admin::Service service;
        service.name = std::move(name);
        take_state(service, state);
        const auto live = services_.find(kind + service.name);
        if (live != services_.end()) service.live = live->second;
        if (service.provider() != "internal") {   // what is there has no settings
            JsonShowing showing;
            showing.show({}, written);
            service.type = lower(showing.first_struct());
            service.json = showing.take_members();
        }
        return service;
    }

    static void add_server(admin::Service& service, const Server& written) {
        admin::Server server;
        server.url = written.url;
        server.weight = written.weight.value_or(1);
        if (const auto url = read_server_url(written.url))
            server.written = fmt::format("{}:{}", url->host, url->port);
        service.servers.push_back(std::move(server));
    }

    void add(std::string name, const Middleware& written) {
        report_.http.middlewares.push_back(middleware(std::move(name), written, sources_.states));
    }
    void add(std::string name, const TcpMiddleware& written) {
        report_.tcp.middlewares.push_back(middleware(std::move(name), written, sources_.states.tcp));
    }

    template <class Written>
    static admin::Middleware middleware(std::string name, const Written& written,
                                        const ProtocolStates& states) {
        const ItemState& state = state_in(states.middlewares, name);
        admin::Middleware middleware;
        middleware.name = std::move(name);
        take_state(middleware, state);
        JsonShowing showing;
        showing.show({}, written);
        middleware.type = lower(showing.first_struct());
        middleware.json = showing.take_members();
        return middleware;
    }

    void add(const ContainerVerdict& verdict) {
        admin::Container container;
        container.id = verdict.id;
        container.name = verdict.name;
        container.service = verdict.service_name;
        container.outcome = word_for(verdict.outcome);
        container.reason = verdict.reason;
        container.sentence = verdict.sentence;
        container.advice = verdict.advice;
        container.routers = verdict.routers;
        for (const Remark& remark : verdict.remarks.items()) container.remarks.push_back(remark.describe());
        container.is_fault = verdict.outcome == ContainerOutcome::refused || verdict.remarks.errors() > 0;
        report_.containers.push_back(std::move(container));
    }

    const ReportSources& sources_;
    std::unordered_map<std::string, std::shared_ptr<const model::Service>> services_;
    admin::Report report_;
};

}   // namespace

admin::Report make_report(const ReportSources& sources) { return Making(sources).make(); }

admin::Setting make_setting(const StaticConfiguration& configuration, std::string version) {
    admin::Setting setting;
    setting.version = std::move(version);
    setting.has_page = configuration.api && configuration.api->dashboard;
    if (configuration.api) {
        setting.base_path = base_path_of(*configuration.api);
        setting.name = configuration.api->dashboard_name;
        setting.hides_ad = configuration.api->disable_dashboard_ad;
    }
    if (configuration.ping)
        setting.status_while_ending = static_cast<int>(configuration.ping->terminating_status_code);
    if (configuration.providers.docker) setting.providers.emplace_back("Docker");
    if (configuration.providers.swarm) setting.providers.emplace_back("Swarm");
    if (configuration.providers.file) setting.providers.emplace_back("File");
    setting.has_access_log = configuration.access_log.has_value();
    if (configuration.metrics && configuration.metrics->prometheus) setting.metrics = "Prometheus";
    for (const auto& [name, written] : configuration.entry_points)
        setting.entry_points.push_back({name, written.address, json_members(written)});
    return setting;
}

}   // namespace gatehouse::traefik
