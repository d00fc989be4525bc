#include "providers/docker/inspection.h"

#include "base/text.h"
#include "providers/docker/json_fields.h"

#include <algorithm>

namespace gatehouse::docker {
namespace {

using nlohmann::json;

// "8080" → 8080; 0: none.
std::uint16_t port_number(std::string_view written) {
    const auto number = parse_decimal(written);
    return number && *number <= 65'535 ? static_cast<std::uint16_t>(*number) : std::uint16_t{0};
}

std::vector<model::PortBinding> read_bindings(const json& list) {
    std::vector<model::PortBinding> bindings;
    if (!list.is_array()) return bindings;   // null: exposed and not published
    for (const json& item : list)
        bindings.push_back({text_member(item, "HostIp"), port_number(text_member(item, "HostPort"))});
    return bindings;
}

// "80/tcp": […] of NetworkSettings.Ports, or "80/tcp": {} of Config.ExposedPorts.
void add_ports(const json& ports, std::vector<model::ContainerPort>& to) {
    if (!ports.is_object()) return;
    for (const auto& [written, bindings] : ports.items()) {
        const auto slash = written.find('/');
        const std::uint16_t number = port_number(std::string_view(written).substr(0, slash));
        std::string protocol = slash == std::string::npos ? "tcp" : lower(written.substr(slash + 1));
        if (number == 0) continue;
        const bool is_known = std::ranges::any_of(to, [&](const model::ContainerPort& port) {
            return port.number == number && port.protocol == protocol;
        });
        if (!is_known) to.push_back({number, std::move(protocol), read_bindings(bindings)});
    }
}

void read_labels(const json& labels, std::map<std::string, std::string>& to) {
    if (!labels.is_object()) return;
    for (const auto& [name, value] : labels.items()) {
        if (value.is_string()) to.emplace(name, value.get<std::string>());
    }
}

std::vector<std::string> read_texts(const json& list) {
    std::vector<std::string> texts;
    if (!list.is_array()) return texts;
    for (const json& item : list) {
        if (item.is_string()) texts.push_back(item.get<std::string>());
    }
    return texts;
}

void read_networks(const json& networks, std::vector<model::ContainerNetwork>& to) {
    if (!networks.is_object()) return;
    for (const auto& [name, network] : networks.items()) {
        auto aliases = read_texts(member(network, "Aliases"));
        for (std::string& other : read_texts(member(network, "DNSNames"))) {
            if (std::ranges::find(aliases, other) == aliases.end()) aliases.push_back(std::move(other));
        }
        to.push_back({name, text_member(network, "NetworkID"), text_member(network, "IPAddress"),
                      text_member(network, "GlobalIPv6Address"), std::move(aliases)});
    }
}

}   // namespace

Result<Inspection> parse_inspection(std::string_view written) {
    const json parsed = json::parse(written, nullptr, false);
    Inspection inspection;
    model::ContainerFacts& facts = inspection.facts;
    facts.id = text_member(parsed, "Id");
    if (facts.id.empty()) return fail(ErrorCode::malformed, "an inspection", ErrorSource::upstream);
    facts.name = text_member(parsed, "Name");
    if (facts.name.starts_with('/')) facts.name.erase(0, 1);
    const json& state = member(parsed, "State");
    facts.running = flag_member(state, "Running");
    facts.paused = flag_member(state, "Paused");
    inspection.started_at = text_member(state, "StartedAt");
    facts.health = text_member(member(state, "Health"), "Status");
    if (facts.health == "none") facts.health.clear();
    const json& config = member(parsed, "Config");
    facts.stop_signal = text_member(config, "StopSignal");
    read_labels(member(config, "Labels"), facts.labels);
    facts.network_mode = text_member(member(parsed, "HostConfig"), "NetworkMode");
    const json& settings = member(parsed, "NetworkSettings");
    read_networks(member(settings, "Networks"), facts.networks);
    add_ports(member(settings, "Ports"), facts.ports);
    add_ports(member(config, "ExposedPorts"), facts.ports);   // all there is of one that does not run
    return inspection;
}

}   // namespace gatehouse::docker
