// The routes of a check: what is tried in which order, and what no request gets to (traefik_check.h).
#include "base/text.h"
#include "check/rule_logic.h"
#include "check/traefik_check.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace gatehouse::check {
namespace {

constexpr std::size_t most_compared = 2000;   // routers of one entry point; pairs are compared

std::string short_name(std::string_view qualified) {
    if (qualified.ends_with("@docker")) qualified.remove_suffix(7);
    return std::string(qualified);
}

std::string_view host_of(std::string_view url) {
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url = url.substr(scheme + 3);
    return url.substr(0, url.find_first_of(":/"));
}

bool is_redirection(std::string_view router) {
    return router.ends_with("@internal") && router.find("-to-") != std::string_view::npos;
}

}   // namespace

const traefik::Router* TraefikCheck::written(const std::string& qualified) const {
    const std::string provider(traefik::provider_of(qualified));
    const auto& routers =
        provider == "file" ? file_.configuration.http.routers : docker_.configuration.http.routers;
    const auto found = routers.find(qualified.substr(0, qualified.size() - provider.size() - 1));
    return found == routers.end() || provider == "internal" ? nullptr : &found->second;
}

std::vector<std::string> TraefikCheck::servers_of(const std::string& service) const {
    std::vector<std::string> servers;
    const std::string provider(traefik::provider_of(service));
    if (provider != "docker" && provider != "file") return servers;
    const auto& services = (provider == "file" ? file_ : docker_).configuration.http.services;
    const auto found = services.find(service.substr(0, service.size() - provider.size() - 1));
    if (found == services.end() || !found->second.load_balancer) return servers;
    for (const auto& server : found->second.load_balancer->servers)
        servers.push_back(server_in_words(server.url));
    return servers;
}

// "web:80" of "http://10.0.0.2:80": addresses of containers are made up.
std::string TraefikCheck::server_in_words(const std::string& url) const {
    const auto host = host_of(url);
    const ContainerOf* container = nullptr;
    for (const ContainerOf& one : containers_) {
        for (const auto& network : one.facts.networks) {
            if (network.ipv4 == host) container = &one;
        }
    }
    if (container == nullptr) return url;
    const auto rest = url.substr(url.find(host) + host.size());
    const bool is_named = std::ranges::any_of(places_->labels_of(*container->service), [](const auto& label) {
        return lower(label.first).ends_with("server.port");
    });
    const bool is_made_up = container->ports_are_made_up && rest == ":80" && !is_named;
    return container->service->name + (is_made_up ? ", at its image's port" : rest);
}

void TraefikCheck::list_routes(const model::Model& model, const traefik::States& states) {
    list_passed_on(states.tcp, "tcp");
    list_passed_on(states.udp, "udp");
    std::set<std::string> listed;   // one of the addresses of an entry point is enough
    for (const model::Listener& listener : model.listeners) {
        if (listener.default_site == nullptr || !listed.insert(listener.default_site->name).second) continue;
        judge_site(*listener.default_site, false);
        if (listener.secure_site) judge_site(*listener.secure_site, true);
    }
    std::ranges::stable_sort(out_.routes, {}, &CheckedRoute::entry_point);
}

// Connections and datagrams: these go before requests.
void TraefikCheck::list_passed_on(const traefik::ProtocolStates& states, std::string_view protocol) {
    for (const auto& [name, state] : states.routers) {
        CheckedRoute route{.protocol = std::string(protocol), .router = name, .priority = state.priority};
        const auto add = [&](const auto& routers, const auto& services) {
            const std::string provider(traefik::provider_of(name));
            const auto written = routers.find(name.substr(0, name.size() - provider.size() - 1));
            if (written == routers.end()) return;
            if constexpr (requires { written->second.rule; }) {
                route.rule = written->second.rule;
                route.tls = written->second.tls.has_value();
            } else {
                route.rule = "all datagrams";
            }
            route.service = traefik::qualify(written->second.service, provider);
            const auto service = services.find(written->second.service);
            if (service == services.end() || !service->second.load_balancer) return;
            for (const auto& server : service->second.load_balancer->servers)
                route.servers.push_back(server_in_words(server.address));
        };
        const auto& [http, tcp, udp, tls] = (name.ends_with("@file") ? file_ : docker_).configuration;
        protocol == "tcp" ? add(tcp.routers, tcp.services) : add(udp.routers, udp.services);
        for (const std::string& entry_point : state.using_entry_points) {
            const auto known = static_.entry_points.find(entry_point);
            route.entry_point = entry_point;
            route.address = known == static_.entry_points.end() ? "" : known->second.address;
            out_.routes.push_back(route);
        }
    }
}

void TraefikCheck::judge_site(const model::Site& site, bool tls) {
    if (site.rules == nullptr) return;
    const auto& rules = site.rules->matcher->rules();
    const auto entry_point = static_.entry_points.find(site.name);
    if (rules.size() > most_compared)
        out_.findings.notice(
            "too-many", {},
            fmt::format("{} routers at entry point \"{}\": they are not compared", rules.size(), site.name));
    for (std::size_t at = 0; at < rules.size(); ++at) {
        const model::RuleEntry& entry = rules[at]->entry();
        CheckedRoute route{
            .entry_point = site.name,
            .address = entry_point == static_.entry_points.end() ? "" : entry_point->second.address,
            .tls = tls,
            .router = entry.name,
            .priority = entry.priority};
        if (const auto* router = written(entry.name)) {
            route.rule = router->rule;
            const auto provider = traefik::provider_of(entry.name);
            route.service = traefik::qualify(router->service, provider);
            route.servers = servers_of(route.service);
            for (const auto& middleware : router->middlewares)
                route.middlewares.push_back(traefik::qualify(middleware, provider));
        }
        if (rules.size() <= most_compared) route.is_redirected = judge_spot(rules, at, route.never);
        out_.routes.push_back(std::move(route));
    }
}

std::string TraefikCheck::in_words(const std::string& router) const {
    if (is_redirection(router)) {
        const auto to = router.substr(0, router.size() - std::string_view("@internal").size());
        return fmt::format("the redirection \"{}\" of its entry point", to);
    }
    const Place place = place_of_item("http.routers", router, "rule ");
    if (place.line == 0) return fmt::format("router \"{}\"", short_name(router));
    return fmt::format("router \"{}\" ({}:{})", short_name(router), place.file, place.line);
}

// Whether something that goes first takes all that this one would; true: the redirection of the entry point.
bool TraefikCheck::judge_spot(const model::FiledRules& rules, std::size_t at, std::string& never) {
    const model::RuleEntry& entry = rules[at]->entry();
    Reach& reach = reach_[entry.name];
    ++reach.spots;
    std::string code = "unreachable";
    bool is_redirected = false;
    if (never_holds(*entry.rule)) never = "its rule contradicts itself";
    for (std::size_t i = 0; i < at && never.empty(); ++i) {
        const model::RuleEntry& first = rules[i]->entry();
        const bool is_tie = first.priority == entry.priority && first.precedence == entry.precedence;
        if (implies(*entry.rule, *first.rule)) {
            const bool is_same = is_tie && implies(*first.rule, *entry.rule);
            never = how_it_is_hidden(entry, first, is_tie, is_same);
            code = is_tie ? "tie" : "unreachable";
            is_redirected = is_redirection(first.name);
        } else if (is_tie && written(entry.name) != nullptr && written(first.name) != nullptr &&
                   !exclude_each_other(*entry.rule, *first.rule)) {
            out_.findings.notice(
                "tie", place_of_item("http.routers", entry.name, "rule "),
                fmt::format("router \"{}\" and {} have the same priority, {}: what both match goes to \"{}\"",
                            short_name(entry.name), in_words(first.name), entry.priority,
                            short_name(first.name)),
                "names decide here, Traefik does not say which; give one of them a priority");
        }
    }
    if (never.empty()) ++reach.reached;
    // a redirection is the least of the reasons
    if (!never.empty() && (reach.why.empty() || reach.by_redirection)) {
        reach.why = never;
        reach.code = code;
        reach.by_redirection = is_redirected;
    }
    return is_redirected;
}

std::string TraefikCheck::how_it_is_hidden(const model::RuleEntry& entry, const model::RuleEntry& first,
                                           bool is_tie, bool is_same) const {
    if (is_redirection(first.name)) return in_words(first.name) + " takes all of its requests";
    if (is_same) return in_words(first.name) + " has the same rule and priority, and goes first by its name";
    if (is_tie) {
        return in_words(first.name) +
               " has the same priority, goes first by its name and takes all of its requests";
    }
    return fmt::format("{} goes first (priority {} against {}) and takes all of its requests",
                       in_words(first.name), first.priority, entry.priority);
}

void TraefikCheck::judge_unreached() {
    for (const auto& [name, reach] : reach_) {
        const auto* router = written(name);
        if (reach.reached > 0 || reach.spots == 0 || router == nullptr || router->default_rule) continue;
        const auto place = place_of_item("http.routers", name, "rule ");
        std::string hint = reach.code == "tie"
                               ? "Traefik may take either; give one of them a priority, or another rule"
                               : "give it a higher priority, or make its rule narrower";
        if (reach.by_redirection) hint = "name another entry point";
        if (reach.why.starts_with("its rule")) hint = "&& asks for both at once: is || meant?";
        out_.findings.warning(reach.code, place,
                              fmt::format("router \"{}\" is never reached: {}", short_name(name), reach.why),
                              std::move(hint));
    }
}

// Browsers speak TLS on port 443: a router without it answers none of them there.
void TraefikCheck::judge_tls() {
    if (!out_.assumed.empty()) return;
    for (const CheckedRoute& route : out_.routes) {
        const auto* router = written(route.router);
        const bool is_plain = !route.tls && route.protocol == "http" && route.address.ends_with(":443");
        if (!is_plain || router == nullptr) continue;
        if (std::ranges::count(router->entry_points, route.entry_point) == 0) continue;
        out_.findings.warning(
            "no-tls", place_of_item("http.routers", route.router, "entry point"),
            fmt::format(
                "router \"{}\" is at entry point \"{}\" (:443) without TLS: browsers get no answer from it",
                short_name(route.router), route.entry_point),
            fmt::format("add traefik.http.routers.{}.tls=true", short_name(route.router)));
    }
}

}   // namespace gatehouse::check
