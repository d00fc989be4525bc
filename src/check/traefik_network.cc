// Networks and ports of a check: whether the proxy can get to a container, and clients to the proxy
// (traefik_check.h).
#include "base/text.h"
#include "check/traefik_check.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::check {
namespace {

// "a", "b" of networks.
std::string listed(const std::set<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", name);
    return text.empty() ? "none" : text;
}

std::uint16_t port_of(std::string_view address) {
    address = address.substr(0, address.find('/'));
    const auto colon = address.rfind(':');
    const auto number =
        colon == std::string_view::npos ? std::nullopt : parse_decimal(address.substr(colon + 1));
    return number && *number <= 65'535 ? static_cast<std::uint16_t>(*number) : std::uint16_t{0};
}

const Text* label_called(const Texts& labels, std::string_view key) {
    const auto found = std::ranges::find_if(
        labels, [&](const auto& label) { return equals_ignoring_case(label.first, key); });
    return found == labels.end() ? nullptr : &found->second;
}

}   // namespace

// As container_address.h chooses: the network that is named if the container is on it, else one that both are
// on, else any.
void TraefikCheck::judge_networks() {
    if (!proxy_ || rules_.addresses.use_bind_port_ip) return;
    const bool proxy_is_host = proxy_->service->network_mode.value == "host";
    const auto of_proxy = networks_of(project_, *proxy_->service);
    for (std::size_t i = 0; i < containers_.size(); ++i) {
        const ComposeService& service = *containers_[i].service;
        const bool is_routed =
            verdicts_[i].outcome == traefik::ContainerOutcome::routed && out_.containers[i].has_labels;
        if (!is_routed || &service == proxy_->service || proxy_is_host || !service.network_mode.value.empty())
            continue;
        const auto own = networks_of(project_, service);
        const Text* label = label_called(places_->labels_of(service), "traefik.docker.network");
        const std::string wanted = label != nullptr ? label->value : rules_.addresses.network;
        const bool is_named = own.contains(wanted);
        const bool is_shared =
            std::ranges::any_of(own, [&](const auto& name) { return of_proxy.contains(name); });
        if (is_named ? of_proxy.contains(wanted) : is_shared) continue;
        out_.findings.add(
            {Severity::error, "no-shared-network",
             label != nullptr && is_named ? label->place : service.place,
             is_named ? fmt::format("service \"{}\" would be reached over the network \"{}\", which the "
                                    "proxy \"{}\" is not on",
                                    service.name, wanted, proxy_->service->name)
                      : fmt::format(
                            "service \"{}\" shares no network with the proxy \"{}\": requests would time out",
                            service.name, proxy_->service->name),
             fmt::format("it is on {}; the proxy is on {}", listed(own), listed(of_proxy)), service.name});
    }
}

void TraefikCheck::judge_ports() {
    for (std::size_t i = 0; i < containers_.size(); ++i) {
        const ContainerOf& container = containers_[i];
        if (!out_.containers[i].has_labels || out_.containers[i].is_proxy) continue;
        std::set<std::string> services;   // of its own, that a router leads to
        for (const std::string& router : verdicts_[i].routers) {
            if (!router.starts_with("http router ")) continue;
            const auto* found = written(traefik::qualify(router.substr(12), "docker"));
            if (found != nullptr && found->service.find('@') == std::string::npos)
                services.insert(found->service);
        }
        for (const std::string& service : services) judge_port(container, service);
    }
}

void TraefikCheck::judge_port(const ContainerOf& container, const std::string& service) {
    const ComposeService& compose = *container.service;
    const Texts& labels = places_->labels_of(compose);
    const auto prefix = fmt::format("traefik.http.services.{}.loadbalancer.server.", service);
    if (label_called(labels, prefix + "url") != nullptr) return;
    std::string ports;
    std::uint16_t lowest = 0;
    std::size_t count = 0;
    for (const auto& port : container.facts.ports) {
        if (port.protocol != "tcp") continue;
        lowest = lowest == 0 ? port.number : std::min(lowest, port.number);
        ports += fmt::format("{}{}", count++ == 0 ? "" : ", ", port.number);
    }
    const auto advice = fmt::format("add {}port=PORT", prefix);
    const Text* label = label_called(labels, prefix + "port");
    if (label == nullptr && container.ports_are_made_up) {
        out_.findings.add({Severity::notice, "image-port", compose.place,
                           fmt::format("service \"{}\" names no port: the lowest that its image exposes is "
                                       "taken, which cannot be seen from here",
                                       compose.name),
                           advice, compose.name});
    } else if (label == nullptr && count > 1) {
        out_.findings.add(
            {Severity::warning, "several-ports", compose.place,
             fmt::format("service \"{}\" has the ports {}, and no label says which: the lowest, {}, is taken",
                         compose.name, ports, lowest),
             advice, compose.name});
    }
    if (label == nullptr || container.ports_are_made_up || !label->unset.empty()) return;
    const auto wanted = parse_decimal(label->value);
    const bool is_exposed =
        std::ranges::any_of(container.facts.ports, [&](const auto& port) { return port.number == wanted; });
    if (is_exposed) return;
    // without its Dockerfile the image may expose more than is written here
    out_.findings.add(
        {container.knows_image_ports ? Severity::warning : Severity::notice,
         "port-not-exposed",
         label->place,
         fmt::format("port {} is none that service \"{}\" exposes: {}", label->value, compose.name, ports),
         {},
         compose.name});
}

// Between the host and the entry points.
void TraefikCheck::judge_publishing() {
    if (!proxy_ || !out_.assumed.empty() || proxy_->service->ports.empty()) return;
    std::set<std::uint16_t> published, listening;
    for (const PublishedPort& port : proxy_->service->ports) published.insert(port.target);
    for (const auto& [name, entry_point] : static_.entry_points) {
        const auto port = port_of(entry_point.address);
        listening.insert(port);
        const bool is_used = std::ranges::any_of(out_.routes, [&](const CheckedRoute& route) {
            return route.entry_point == name && !route.router.ends_with("@internal") &&
                   !traefik::provider_of(route.service).starts_with("internal");
        });
        if (!is_used || published.contains(port) || variables_.has_stand_in(entry_point.address)) continue;
        out_.findings.warning(
            "not-published", proxy_->service->ports.front().place,
            fmt::format("entry point \"{}\" is on port {}, which the proxy \"{}\" does not publish", name,
                        port, proxy_->service->name),
            fmt::format("add \"{0}:{0}\" to its ports", port));
    }
    for (const PublishedPort& port : proxy_->service->ports) {
        if (listening.contains(port.target) || port.protocol != "tcp") continue;
        out_.findings.warning(
            "nothing-listens", port.place,
            fmt::format("port {} of the proxy \"{}\" is published, but no entry point listens there",
                        port.target, proxy_->service->name));
    }
}

}   // namespace gatehouse::check
