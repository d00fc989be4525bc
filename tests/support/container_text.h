#pragma once
// Containers and the provider's rules as lines of text, for golden tests and as a fuzzer's input. Lines that
// are none are passed over.
//   provider defaultRule=… | constraints=… | network=… | exposedByDefault=false | allowEmptyServices=true |
//   useBindPortIP=true container NAME id ID | state stopped|paused | health WORD | mode NETWORK-MODE |
//   network NAME ADDRESS | port 80/tcp [HOST-IP:PORT] | label KEY=VALUE

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "faces/traefik/container_labels.h"

namespace gatehouse::traefik {

struct ContainerText {
    ContainerRules rules;
    std::vector<ContainerFacts> containers;
};

inline std::string_view take_word(std::string_view& line) {
    line = trim(line);
    const auto word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    line = trim(line);
    return word;
}

inline void take_rule(ContainerRules& rules, std::string_view line) {
    const auto name = line.substr(0, line.find('='));
    const std::string value(line.substr(std::min(line.size(), name.size() + 1)));
    if (name == "defaultRule") rules.default_rule = value;
    if (name == "constraints") rules.constraints = value;
    if (name == "network") rules.addresses.network = value;
    if (name == "ownNetwork") rules.addresses.own_networks.emplace(value, value);
    if (name == "exposedByDefault") rules.exposed_by_default = value == "true";
    if (name == "allowEmptyServices") rules.allow_empty_services = value == "true";
    if (name == "useBindPortIP") rules.addresses.use_bind_port_ip = value == "true";
}

inline void take_fact(ContainerFacts& facts, std::string_view word, std::string_view line) {
    if (word == "id") facts.id = line;
    if (word == "state") facts.paused = line == "paused";
    if (word == "state") facts.running = line != "stopped";
    if (word == "health") facts.health = line;
    if (word == "mode") facts.network_mode = line;
    if (word == "network") {
        const std::string name(take_word(line));
        const bool is_ipv6 = line.find(':') != std::string_view::npos;
        facts.networks.push_back(
            {name, "id-of-" + name, std::string(is_ipv6 ? "" : line), std::string(is_ipv6 ? line : "")});
    }
    if (word == "port") {
        const auto port = take_word(line);
        const auto number = parse_decimal(port.substr(0, port.find('/'))).value_or(0);
        const auto slash = std::min(port.find('/'), port.size());
        ContainerPort exposed{static_cast<std::uint16_t>(number),
                              std::string(port.substr(std::min(slash + 1, port.size()))),
                              {}};
        const auto colon = line.rfind(':');
        if (colon != std::string_view::npos) {
            const auto host_port = parse_decimal(line.substr(colon + 1)).value_or(0);
            exposed.bindings.push_back(
                {std::string(line.substr(0, colon)), static_cast<std::uint16_t>(host_port)});
        }
        facts.ports.push_back(exposed);
    }
    const auto equals = line.find('=');
    if (word == "label" && equals != std::string_view::npos) {
        facts.labels[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    }
}

inline ContainerText read_container_text(std::string_view text) {
    ContainerText out;
    for (std::string_view line : split(text, '\n')) {
        const auto word = take_word(line);
        if (word == "provider") {
            take_rule(out.rules, line);
        } else if (word == "container") {
            ContainerFacts facts;
            facts.name = line;
            facts.id = "id-of-" + facts.name;
            facts.running = true;
            out.containers.push_back(facts);
        } else if (!out.containers.empty()) {
            take_fact(out.containers.back(), word, line);
        }
    }
    return out;
}

}   // namespace gatehouse::traefik
