#include "model/snapshot.h"

#include <algorithm>
#include <utility>

namespace gatehouse::model {

std::shared_ptr<const Snapshot> Snapshot::compile(Model model, std::uint64_t generation,
                                                  const StateOf& state_of) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->generation = generation;
    snapshot->model = std::move(model);
    for (const auto& service : snapshot->model.services) {
        // A service that an earlier snapshot shares is bound already, and workers read its pointer: it is not
        // written again.
        if (!service->state) service->state = state_of(*service);
        snapshot->states.push_back(service->state);
    }
    for (const auto& listener : snapshot->model.listeners) {
        SiteMatcher sites(listener.sites, listener.default_site);
        TcpSiteMatcher tcp_sites(listener.tcp_sites, listener.default_tcp_site);
        const bool early_data = std::ranges::any_of(listener.sites, [](const auto& site) {
            return site->tls != nullptr && site->tls->settings().early_data;
        });
        snapshot->listeners.push_back(std::make_unique<CompiledListener>(
            CompiledListener{listener, std::move(sites), std::move(tcp_sites), early_data}));
    }
    return snapshot;
}

}   // namespace gatehouse::model
