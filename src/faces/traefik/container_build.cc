#include "faces/traefik/container_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "faces/traefik/broken_items.h"
#include "faces/traefik/template_value.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view compose_project = "com.docker.compose.project";
constexpr std::size_t shortest_id = 12;   // what `docker ps` shows of an id
constexpr std::string_view compose_service = "com.docker.compose.service";

std::string label_of(const ContainerFacts& container, std::string_view key) {
    const auto found = container.labels.find(std::string(key));
    return found == container.labels.end() ? std::string() : found->second;
}

std::string service_name_of(const ContainerFacts& container) {
    const std::string project = label_of(container, compose_project);
    const std::string service = label_of(container, compose_service);
    std::string name = normalize(container.service_name.empty() ? container.name : container.service_name);
    if (!project.empty() && !service.empty()) name = normalize(service + "_" + project);
    // labels can say "-": a name of nothing could not be referred to
    return name.empty() ? "container-" + container.id.substr(0, shortest_id) : name;
}

bool runs(const ContainerFacts& container) { return container.running && !container.paused; }

bool is_healthy(const ContainerFacts& container) {
    return container.health.empty() || container.health == "none" || container.health == "healthy";
}

template <class Items>
std::string names_of(const Items& items) {
    std::string names;
    for (const auto& [name, item] : items) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
    return names;
}

}   // namespace

ContainerBuild::ContainerBuild(const ContainerReader& reader, const ContainerFacts& container,
                               const FindContainer& find)
    : reader_(reader),
      rules_(reader.rules_),
      container_(container),
      find_(find),
      verdict_(reading_.verdict),
      configuration_(reading_.configuration),
      remarks_(reading_.verdict.remarks) {
    verdict_.id = container.id;
    verdict_.name = container.name;
    verdict_.service_name = service_name_of(container);
}

bool ContainerBuild::stop(ContainerOutcome outcome, std::string_view reason, std::string sentence,
                          std::string advice) {
    verdict_.outcome = outcome;
    verdict_.reason = reason;
    verdict_.sentence = std::move(sentence);
    verdict_.advice = std::move(advice);
    configuration_ = {};
    return false;
}

ContainerReading ContainerBuild::run() {
    if (decide_whether_it_counts() && decode_labels() && add_services()) {
        link_routers();
        drop_broken();
        conclude();
    }
    return std::move(reading_);
}

bool ContainerBuild::decide_whether_it_counts() { return read_options() && is_wanted() && is_ready(); }

bool ContainerBuild::read_options() {
    if (!are_acceptable(container_.labels, rules_.limits, remarks_)) {
        return stop(ContainerOutcome::refused, "limit", first_error());
    }
    constexpr std::string_view filters[] = {"traefik.docker.", "traefik.enable", "traefik.swarm."};
    const std::size_t count = rules_.is_swarm ? 3 : 2;
    const auto tree = tree_of(container_.labels, {filters, count}, rules_.limits, remarks_);
    Decoding decoding(Written::as_labels, remarks_);
    if (tree) decoding.read_object(*tree, options_);
    if (options_.docker && options_.swarm) {
        remarks_.error(origin_of_label("traefik.swarm"), "labels for Docker and for a swarm at once",
                       "keep traefik.swarm.*");
    }
    if (!remarks_.has_errors()) return true;
    return stop(ContainerOutcome::refused, "bad-label", first_error());
}

bool ContainerBuild::is_wanted() {
    if (!container_.problem.empty())
        return stop(ContainerOutcome::refused, "unreadable", "nothing is known of it: " + container_.problem);
    if (!options_.enable.value_or(rules_.exposed_by_default)) {
        return options_.enable
                   ? stop(ContainerOutcome::left_out, "disabled", "its label says traefik.enable=false")
                   : stop(ContainerOutcome::left_out, "disabled",
                          "containers are not exposed by default, and no label asks for it",
                          "add the label traefik.enable=true");
    }
    note_unread(container_.labels, rules_.constraints, remarks_);
    if (!reader_.constraints_) {
        return stop(ContainerOutcome::refused, "constraints",
                    fmt::format("the provider's constraints: {}", reader_.constraints_.error()),
                    "correct providers.docker.constraints");
    }
    if (reader_.constraints_->admits(container_.labels)) return true;
    return stop(ContainerOutcome::left_out, "constraints",
                fmt::format("the provider's constraints leave it out: {}", rules_.constraints),
                "give it the labels that they ask for");
}

bool ContainerBuild::is_ready() {
    if (container_.stopping) {
        return stop(ContainerOutcome::waiting, "stopping",
                    "it was told to stop: it finishes what it has begun and is given nothing new");
    }
    if (options_.docker && options_.docker->allow_non_running) return true;
    if (!runs(container_)) {
        return stop(ContainerOutcome::waiting, container_.paused ? "paused" : "not-running",
                    container_.paused ? "it is paused" : "it does not run",
                    "traefik.docker.allownonrunning=true keeps its routes meanwhile");
    }
    if (rules_.allow_empty_services || is_healthy(container_)) return true;
    const bool starting = container_.health == "starting";
    return stop(ContainerOutcome::waiting, starting ? "starting" : "unhealthy",
                starting ? "its health check has not succeeded yet" : "its health check fails");
}

bool ContainerBuild::decode_labels() {
    constexpr std::string_view filters[] = {"traefik.http", "traefik.tcp", "traefik.udp",
                                            "traefik.tls.stores.default"};
    const auto tree = tree_of(container_.labels, filters, rules_.limits, remarks_);
    if (!tree) return stop(ContainerOutcome::refused, "bad-label", first_error());
    Decoding decoding(Written::as_labels, remarks_);
    decoding.read_object(*tree, configuration_);
    if (decoding.uncontained_errors() > 0) {
        return stop(ContainerOutcome::refused, "bad-label", first_error());
    }
    if (!has_few_items()) return false;
    forbid_qualified_names(configuration_.http.routers, "router");
    forbid_qualified_names(configuration_.http.services, "service");
    forbid_qualified_names(configuration_.http.middlewares, "middleware");
    forbid_qualified_names(configuration_.tcp.routers, "router");
    forbid_qualified_names(configuration_.tcp.services, "service");
    forbid_qualified_names(configuration_.tcp.middlewares, "middleware");
    forbid_qualified_names(configuration_.udp.routers, "router");
    forbid_qualified_names(configuration_.udp.services, "service");
    return true;
}

std::string ContainerBuild::first_error() const {
    const auto first = std::ranges::find(remarks_.items(), Severity::error, &Remark::severity);
    return first == remarks_.items().end() ? "its labels are wrong" : first->describe();
}

bool ContainerBuild::has_few_items() {
    const auto& [http, tcp, udp, tls] = configuration_;
    const auto is_few = [this](std::size_t count, std::string_view kind) {
        return count <= rules_.most_items ||
               stop(ContainerOutcome::refused, "limit",
                    fmt::format("{} {} in the labels of one container: at most {}", count, kind,
                                rules_.most_items));
    };
    return is_few(http.routers.size() + tcp.routers.size() + udp.routers.size(), "routers") &&
           is_few(http.services.size() + tcp.services.size() + udp.services.size(), "services") &&
           is_few(http.middlewares.size() + tcp.middlewares.size(), "middlewares");
}

// "auth@file" refers to what another provider defines: nothing can be defined under such a name.
template <class Items>
void ContainerBuild::forbid_qualified_names(Items& items, std::string_view kind) {
    for (auto& [name, item] : items) {
        if (name.find('@') == std::string::npos) continue;
        remarks_.error(item.source.origin, fmt::format("a {} cannot be called \"{}\"", kind, name),
                       "@ stands only where something is referred to");
        item.source.broken = true;
    }
}

template <class Server>
bool ContainerBuild::locate_server(Server& server, const std::string& service, std::string_view protocol) {
    std::string network = rules_.addresses.network;
    if (options_.docker && options_.docker->network) network = *options_.docker->network;
    if (options_.swarm && options_.swarm->network) network = *options_.swarm->network;
    server.source.origin.source =
        std::make_shared<const std::string>(fmt::format("container {}", container_.name));
    const bool is_http = requires { server.url; };
    if constexpr (is_http) {
        if (!server.url.empty()) {
            if (server.scheme.empty() && server.port.empty()) return true;
            return stop(
                ContainerOutcome::refused, "bad-service",
                fmt::format("service \"{}\": a server has either a url, or a port and a scheme", service));
        }
    }
    const auto found =
        find_address(container_, network, server.port, protocol, rules_.addresses, find_, remarks_);
    if (!found) {
        const Unreachable& why = found.error();
        return stop(ContainerOutcome::refused, why.reason,
                    fmt::format("service \"{}\": {}", service, why.sentence), why.advice);
    }
    server.port.clear();
    if constexpr (is_http) {
        server.url = fmt::format("{}://{}", server.scheme.empty() ? "http" : server.scheme, joined(*found));
        server.scheme.clear();
    } else {
        server.address = joined(*found);
    }
    return true;
}

// Each service gets the container as its server; one that has no options at all is made if there is none.
template <class Service>
bool ContainerBuild::add_servers(std::map<std::string, Service>& services, std::string_view protocol) {
    if (services.empty()) services[verdict_.service_name].load_balancer.emplace();
    const bool in_use = runs(container_) && is_healthy(container_);
    for (auto& [name, service] : services) {
        if (service.source.broken) continue;
        if (!service.load_balancer) {
            return stop(ContainerOutcome::refused, "bad-service",
                        fmt::format("service \"{}\" has no load balancer", name),
                        "write loadbalancer.server.port=PORT below its name");
        }
        auto& servers = service.load_balancer->servers;
        if (!in_use) {
            servers.clear();
            continue;
        }
        if (servers.empty()) servers.emplace_back();
        if (!locate_server(servers.front(), name, protocol)) return false;
    }
    return true;
}

bool ContainerBuild::add_services() {
    auto& [http, tcp, udp, tls] = configuration_;
    const bool has_tcp = !tcp.routers.empty() || !tcp.services.empty();
    const bool has_udp = !udp.routers.empty() || !udp.services.empty();
    if (has_tcp && !add_servers(tcp.services, "tcp")) return false;
    if (has_udp && !add_servers(udp.services, "udp")) return false;
    const bool has_http = !http.routers.empty() || !http.services.empty() || !http.middlewares.empty();
    if ((has_tcp || has_udp) && !has_http) return true;
    return add_servers(http.services, "tcp");
}

// A router that names no service means the only one there is.
template <class Router, class Service>
void ContainerBuild::link(std::map<std::string, Router>& routers,
                          const std::map<std::string, Service>& services, std::string_view kind) {
    for (auto& [name, router] : routers) {
        if (router.source.broken || !router.service.empty()) continue;
        if (services.size() == 1) {
            router.service = services.begin()->first;
            continue;
        }
        router.source.broken = true;
        remarks_.error(router.source.origin,
                       fmt::format("{} router \"{}\" names no service, and there are several: {}", kind, name,
                                   names_of(services)),
                       fmt::format("add traefik.{}.routers.{}.service=NAME", kind, name));
    }
}

void ContainerBuild::add_default_router() {
    auto& http = configuration_.http;
    if (!http.routers.empty() || http.services.empty()) return;
    if (http.services.size() > 1) {
        remarks_.notice({},
                        fmt::format("no router is made by default, as there are several services: {}",
                                    names_of(http.services)),
                        "add traefik.http.routers.NAME.rule=…");
        return;
    }
    http.routers[verdict_.service_name].source.origin.source = from_default_rule_;
}

void ContainerBuild::link_routers() {
    add_default_router();
    for (auto& [name, router] : configuration_.tcp.routers) {
        if (router.source.broken || !router.rule.empty()) continue;
        router.source.broken = true;
        remarks_.error(router.source.origin, fmt::format("tcp router \"{}\" has no rule", name),
                       fmt::format("add traefik.tcp.routers.{}.rule=HostSNI(`*`)", name));
    }
    for (auto& [name, router] : configuration_.http.routers) {
        if (router.source.broken || !router.rule.empty()) continue;
        tl::expected<std::string, std::string> rule = tl::make_unexpected(std::string());
        if (reader_.default_rule_) {
            rule = reader_.default_rule_->render(
                {verdict_.service_name, container_.name, &container_.labels, rules_.environment});
        } else {
            rule = tl::make_unexpected(reader_.default_rule_.error());
        }
        router.default_rule = true;
        if (rule && !rule->empty()) {
            router.rule = *rule;
            continue;
        }
        router.source.broken = true;
        remarks_.error(
            router.source.origin,
            fmt::format("http router \"{}\" has no rule, and the default rule {}", name,
                        rule ? "is empty" : fmt::format("fails: {}", rule.error())),
            fmt::format("add traefik.http.routers.{}.rule=…, or correct providers.docker.defaultRule", name));
    }
    link(configuration_.http.routers, configuration_.http.services, "http");
    link(configuration_.tcp.routers, configuration_.tcp.services, "tcp");
    link(configuration_.udp.routers, configuration_.udp.services, "udp");
}

void ContainerBuild::drop_broken() {
    spread_brokenness(configuration_, remarks_);
    erase_broken(configuration_);
    take_origins(configuration_.http.routers, "http.routers");
    take_origins(configuration_.http.services, "http.services");
    take_origins(configuration_.http.middlewares, "http.middlewares");
    take_origins(configuration_.tcp.routers, "tcp.routers");
    take_origins(configuration_.tcp.services, "tcp.services");
    take_origins(configuration_.tcp.middlewares, "tcp.middlewares");
    take_origins(configuration_.udp.routers, "udp.routers");
    take_origins(configuration_.udp.services, "udp.services");
    take_origins(configuration_.tls.stores, "tls.stores");
}

template <class Items>
void ContainerBuild::take_origins(Items& items, std::string_view section) {
    for (auto& [name, item] : items) {
        auto& source = item.source.origin.source;
        if (!source || source == from_default_rule_) {
            source = std::make_shared<const std::string>(
                fmt::format("container {}{}", container_.name, source ? ", the default rule" : ""));
        } else {
            source = std::make_shared<const std::string>(
                fmt::format("container {}, labels traefik.{}.{}.*", container_.name, section, name));
        }
    }
}

void ContainerBuild::conclude() {
    const auto& [http, tcp, udp, tls] = configuration_;
    for (const auto& [name, router] : http.routers) verdict_.routers.push_back("http router " + name);
    for (const auto& [name, router] : tcp.routers) verdict_.routers.push_back("tcp router " + name);
    for (const auto& [name, router] : udp.routers) verdict_.routers.push_back("udp router " + name);
    if (!verdict_.routers.empty()) {
        const bool in_use = runs(container_) && is_healthy(container_);
        verdict_.sentence = !in_use ? "its routes are kept, with no server until it runs and is healthy"
                            : remarks_.has_errors() ? "it is routed, but some of its labels are wrong"
                                                    : "it is routed";
        return;
    }
    verdict_.reason = "no-router";
    const auto first = std::ranges::find(remarks_.items(), Severity::error, &Remark::severity);
    if (first != remarks_.items().end()) {
        verdict_.outcome = ContainerOutcome::refused;
        verdict_.sentence = "no router is left: " + first->describe();
    } else {
        verdict_.sentence = "it has services, but no router of its own leads to them";
    }
}

}   // namespace gatehouse::traefik
