#include "faces/traefik/compile_udp.h"

#include "faces/traefik/compile_tcp_services.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::traefik {
namespace {

// Servers and weights are the same as of TCP.
TcpService as_tcp(const UdpService& written) {
    TcpService service;
    service.source = written.source;
    if (written.load_balancer) {
        auto& servers = service.load_balancer.emplace().servers;
        for (const UdpServer& server : written.load_balancer->servers) {
            TcpServer made;
            made.address = server.address;
            made.source = server.source;
            servers.push_back(std::move(made));
        }
    }
    if (written.weighted) service.weighted.emplace().services = written.weighted->services;
    return service;
}

class Compilation {
public:
    explicit Compilation(const CompilerOptions& options) : options_(options), table_({}, no_files_) {}

    CompiledUdp run(const std::vector<Provided>& provided) {
        for (const Provided& provider : provided) {
            for (const auto& [name, written] : provider.configuration.udp.services)
                written_[qualify(name, provider.name)] = as_tcp(written);
            for (const auto& [name, router] : provider.configuration.udp.routers)
                routers_[qualify(name, provider.name)] = &router;
        }
        for (const auto& [name, written] : written_) table_.add_service(name, written);
        for (const auto& [name, written] : written_) add_service(name);
        for (const auto& [name, router] : routers_) add_router(name, *router);
        for (const ReadyEntryPoint& entry_point : options_.entry_points) {
            if (entry_point.udp && !result_.sites.contains(entry_point.name))
                result_.sites[entry_point.name] = site_of("", nullptr, entry_point);
        }
        return std::move(result_);
    }

private:
    void add_service(const std::string& name) {
        auto compiled = table_.compile(name);
        auto& state = result_.states.services[name];
        for (auto& error : compiled.errors) state.fail(std::move(error));
        for (auto& notice : compiled.notices) state.warn(std::move(notice));
        if (compiled.service == nullptr) return;
        auto service = std::make_shared<model::Service>(*compiled.service);
        service->name = "udp " + name;   // there may be one of TCP with the same name
        services_[name] = service;
        result_.services.push_back(std::move(service));
    }

    [[nodiscard]] std::shared_ptr<const model::UdpSite> site_of(const std::string& router,
                                                                std::shared_ptr<const model::Service> service,
                                                                const ReadyEntryPoint& entry_point) const {
        auto site = std::make_shared<model::UdpSite>();
        site->name = router;
        site->service = std::move(service);
        site->idle_timeout = entry_point.udp_timeout;
        site->error_logs = options_.error_logs;
        return site;
    }

    void add_router(const std::string& name, const UdpRouter& router) {
        ItemState& state = result_.states.routers[name];
        const auto wanted = qualify(router.service, provider_of(name));
        if (router.source.broken) return state.fail("has a mistake in it");
        if (router.service.empty()) return state.fail("names no service");
        if (!written_.contains(wanted))
            return state.fail(fmt::format("service \"{}\" does not exist", wanted));
        const auto& of_service = result_.states.services[wanted];
        const auto service = services_.find(wanted);
        if (service == services_.end())
            return state.fail(
                fmt::format("service \"{}\" cannot be used: {}", wanted, of_service.errors.front()));
        for (const std::string& entry_point : router.entry_points) {
            const auto found = std::ranges::find(options_.entry_points, entry_point, &ReadyEntryPoint::name);
            if (found == options_.entry_points.end()) {
                state.warn(fmt::format("entry point \"{}\" does not exist", entry_point));
            } else if (!found->udp) {
                state.warn(fmt::format("entry point \"{}\" is not of UDP", entry_point));
            }
        }
        std::string taken;
        for (const ReadyEntryPoint& entry_point : options_.entry_points) {
            const bool is_named =
                std::ranges::find(router.entry_points, entry_point.name) != router.entry_points.end();
            if (!entry_point.udp || (!router.entry_points.empty() && !is_named)) continue;
            const auto known = result_.sites.find(entry_point.name);
            if (known != result_.sites.end()) {
                taken = fmt::format("entry point \"{}\" has a UDP router already: {}", entry_point.name,
                                    known->second->name);
                continue;
            }
            result_.sites[entry_point.name] = site_of(name, service->second, entry_point);
            state.using_entry_points.push_back(entry_point.name);
        }
        const bool is_nowhere = state.using_entry_points.empty();
        if (!taken.empty()) return is_nowhere ? state.fail(taken) : state.warn(taken);
        if (is_nowhere) state.fail("is at no entry point of UDP, as in --entrypoints.dns.address=:53/udp");
    }

    static inline const FileTexts no_files_{};
    const CompilerOptions& options_;
    TcpServices table_;
    std::map<std::string, TcpService> written_;
    std::map<std::string, const UdpRouter*> routers_;
    std::map<std::string, std::shared_ptr<const model::Service>> services_;
    CompiledUdp result_;
};

}   // namespace

CompiledUdp compile_udp(const std::vector<Provided>& provided, const CompilerOptions& options) {
    return Compilation(options).run(provided);
}

}   // namespace gatehouse::traefik
