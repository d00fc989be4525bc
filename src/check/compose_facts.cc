#include "check/compose_facts.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::check {
namespace {

constexpr std::uint16_t made_up_port = 80;
constexpr std::size_t shortest_id = 12;

// Begins differently for each service, as ids do.
std::string id_of(const std::string& service) {
    std::string id = fmt::format("{:016x}", std::hash<std::string>{}(service));
    id.resize(std::max(id.size(), shortest_id), '0');
    return id;
}

std::uint16_t number_of(std::string_view text) {
    const auto number = parse_decimal(text.substr(0, text.find_first_of("/-")));
    return number && *number <= 65'535 ? static_cast<std::uint16_t>(*number) : std::uint16_t{0};
}

std::string_view protocol_of(std::string_view text) {
    const auto slash = text.find('/');
    return slash == std::string_view::npos ? "tcp" : text.substr(slash + 1);
}

void add_port(ContainerOf& container, std::uint16_t number, std::string_view protocol) {
    if (number == 0) return;
    auto& ports = container.facts.ports;
    const bool is_known = std::ranges::any_of(
        ports, [&](const auto& port) { return port.number == number && port.protocol == protocol; });
    if (!is_known) ports.push_back({.number = number, .protocol = std::string(protocol), .bindings = {}});
}

void add_ports(const ComposeProject& project, const ReadText& read, ContainerOf& container) {
    const ComposeService& service = *container.service;
    for (const Text& text : service.expose) {
        add_port(container, number_of(text.value), protocol_of(text.value));
        container.ports_here.insert(number_of(text.value));
    }
    for (const PublishedPort& port : service.ports) {
        add_port(container, port.target, port.protocol);
        container.ports_here.insert(port.target);
        const auto published = number_of(port.published);
        if (published == 0 || container.facts.ports.empty()) continue;
        for (auto& known : container.facts.ports) {
            if (known.number == port.target) known.bindings.push_back({"0.0.0.0", published});
        }
    }
    if (service.build_context) {
        const std::string file = service.dockerfile.empty() ? "Dockerfile" : service.dockerfile;
        std::string context = beside(project.directory, *service.build_context);
        if (!context.empty() && !context.ends_with('/')) context += '/';
        if (const auto text = read(beside(context, file))) {
            const auto exposed = exposed_by_dockerfile(*text);
            for (const auto number : exposed) add_port(container, number, "tcp");
            container.knows_image_ports = !exposed.empty();
        }
    }
    if (!container.facts.ports.empty()) return;
    add_port(container, made_up_port, "tcp");
    container.ports_are_made_up = true;
}

std::string network_mode_of(const ComposeService& service) {
    const std::string& mode = service.network_mode.value;
    if (mode.starts_with("service:")) return "container:" + id_of(mode.substr(8));
    return mode;
}

}   // namespace

std::set<std::uint16_t> exposed_by_dockerfile(std::string_view text) {
    std::set<std::uint16_t> ports;
    for (std::string_view line : split(text, '\n')) {
        if (line.ends_with('\r')) line.remove_suffix(1);
        line = trim(line);
        if (starts_with_ignoring_case(line, "FROM ")) ports.clear();
        if (!starts_with_ignoring_case(line, "EXPOSE ")) continue;
        for (const auto word : split(line.substr(7), ' ')) {
            if (const auto number = number_of(word); number != 0) ports.insert(number);
        }
    }
    return ports;
}

std::set<std::string> networks_of(const ComposeProject& project, const ComposeService& service) {
    std::set<std::string> names;
    if (!service.network_mode.value.empty()) return names;
    if (service.networks.empty()) names.insert(project.network_name("default"));
    for (const auto& [key, use] : service.networks) names.insert(project.network_name(key));
    return names;
}

std::set<std::string> hosts_of(const ComposeService& service) {
    std::set<std::string> hosts = {service.name};
    if (!service.container_name.value.empty()) hosts.insert(service.container_name.value);
    for (const auto& [key, use] : service.networks) hosts.insert(use.aliases.begin(), use.aliases.end());
    return hosts;
}

std::vector<ContainerOf> containers_of(const ComposeProject& project, bool in_swarm, const ReadText& read) {
    std::vector<ContainerOf> containers;
    std::map<std::string, unsigned> networks;   // by name: which one it is
    unsigned number = 1;
    for (const auto& [name, service] : project.services) {
        ContainerOf container;
        container.service = &service;
        model::ContainerFacts& facts = container.facts;
        ++number;
        facts.id = id_of(name);
        facts.name = service.container_name.value.empty() ? fmt::format("{}-{}-1", project.name, name)
                                                          : service.container_name.value;
        facts.running = true;
        for (const auto& [key, text] : in_swarm ? service.deploy_labels : service.labels)
            facts.labels.emplace(key, text.value);
        facts.labels["com.docker.compose.project"] = project.name;
        facts.labels["com.docker.compose.service"] = name;
        if (in_swarm) facts.service_name = fmt::format("{}_{}", project.name, name);
        facts.network_mode = network_mode_of(service);
        for (const std::string& network : networks_of(project, service)) {
            const auto index = networks.emplace(network, networks.size()).first->second;
            facts.networks.push_back(
                {.name = network,
                 .id = "id-of-" + network,
                 .ipv4 = fmt::format("10.{}.{}.{}", index % 256, number / 256, number % 256),
                 .ipv6 = {}});
        }
        add_ports(project, read, container);
        containers.push_back(std::move(container));
    }
    return containers;
}

}   // namespace gatehouse::check
