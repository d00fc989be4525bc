// The part of a Compilation that is about connections before they are requests: TLS, and what is passed on.

#include "faces/traefik/compilation.h"
#include "faces/traefik/compile_tcp.h"
#include "faces/traefik/compile_udp.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace gatehouse::traefik {

void Compilation::use_tls() {
    std::vector<TlsWords> words;
    for (const Provided& provider : provided_) {
        if (provider.configuration.tls != TlsConfiguration{})
            words.push_back({provider.name, provider.configuration.tls, provider.files});
    }
    compiler_.tls_.use(std::move(words));
    auto& states = compiler_.states_.tls;
    states.clear();
    for (const TlsRemark& remark : compiler_.tls_.remarks()) {
        auto& state = states[remark.about];
        remark.is_lost ? state.fail(remark.sentence) : state.warn(remark.sentence);
    }
}

void Compilation::make_tcp() {
    compiler_.tcp_->compile(provided_, options_, compiler_.tls_);
    compiler_.states_.tcp = compiler_.tcp_->result().states;
}

void Compilation::make_udp() {
    auto udp = compile_udp(provided_, options_);
    compiler_.states_.udp = std::move(udp.states);
    compiler_.udp_services_ = std::move(udp.services);
    compiler_.udp_sites_ = std::move(udp.sites);
}

void Compilation::add_udp_listeners(const ReadyEntryPoint& entry_point, model::Model& model) const {
    for (const SocketAddress& address : entry_point.addresses) {
        model::Listener listener;
        listener.address = address;
        listener.text = address.describe() + "/udp";
        listener.datagrams = true;
        listener.udp_site = compiler_.udp_sites_.at(entry_point.name);
        if (address.family() == AF_INET6) listener.options.ipv6_only = true;
        model.listeners.push_back(std::move(listener));
    }
}

void Compilation::make_names() {
    compiler_.names_.clear();
    for (std::size_t place = 0; place < compiler_.places_.size(); ++place) {
        compiler_.names_.push_back(names_at(place));
        warn_of_shadows(place);
    }
}

// Most often all names get the same, and nobody need be asked about them.
std::shared_ptr<const model::TlsByName> Compilation::names_at(std::size_t place) {
    const auto usual = compiler_.tls_.usual_terms();
    if (usual == nullptr) return nullptr;
    const std::string& name = options_.entry_points[place].name;
    const auto tcp_routes = compiler_.tcp_->routes_at(name);
    const bool is_shared = tcp_routes != nullptr && !tcp_routes->secure.rules().empty();
    TermsByHost terms;
    if (is_shared || compiler_.tls_.has_several_terms()) {
        for (const auto& [router, kept] : compiler_.routers_) {
            for (const Placed& placed : kept.placed) {
                if (placed.place == place && placed.spot.is_secure)
                    terms.add(router, placed.spot.rule->rule(), placed.terms);
            }
        }
    }
    for (const auto& [host, routers] : terms.disagreements()) {
        compiler_.states_.others[fmt::format("TLS of host {} at entry point \"{}\"", host, name)].warn(
            fmt::format("its routers want different TLS options, the default ones are used: {}",
                        fmt::join(routers, ", ")));
    }
    return terms.make(usual);
}

// What a TCP router for everything leaves nothing of is said.
void Compilation::warn_of_shadows(std::size_t place) {
    const std::string& name = options_.entry_points[place].name;
    const auto tcp_routes = compiler_.tcp_->routes_at(name);
    if (tcp_routes == nullptr || !compiler_.places_[place].has_plain()) return;
    for (const auto& rule : tcp_routes->plain.rules()) {
        if (!tcp_routes->routes[rule->entry().value].is_catch_all) continue;
        compiler_.states_.others[fmt::format("entry point \"{}\"", name)].warn(fmt::format(
            "TCP router {} takes every connection without TLS: no HTTP router without tls gets any",
            rule->entry().name));
    }
}

}   // namespace gatehouse::traefik
