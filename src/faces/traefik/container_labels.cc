#include "faces/traefik/container_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "faces/traefik/container_build.h"
#include "faces/traefik/merged_containers.h"

namespace gatehouse::traefik {

ContainerReader::ContainerReader(ContainerRules rules, Remarks& remarks)
    : rules_(std::move(rules)),
      default_rule_(tl::make_unexpected(std::string())),
      constraints_(tl::make_unexpected(std::string())) {
    auto default_rule = TextTemplate::parse(rules_.default_rule);
    if (default_rule) {
        default_rule_ = std::move(*default_rule);
    } else {
        const auto& [offset, message] = default_rule.error();
        default_rule_ = tl::make_unexpected(fmt::format("{} (at byte {})", message, offset));
        remarks.error({}, fmt::format("providers.docker.defaultRule: {}", default_rule_.error()),
                      rules_.default_rule);
    }
    auto constraints = Constraints::parse(rules_.constraints);
    if (constraints) {
        constraints_ = std::move(*constraints);
    } else {
        const auto& [offset, message] = constraints.error();
        constraints_ = tl::make_unexpected(fmt::format("{} (at byte {})", message, offset));
        remarks.error({}, fmt::format("providers.docker.constraints: {}", constraints_.error()),
                      rules_.constraints);
    }
}

ContainerReading ContainerReader::read(const ContainerFacts& container, const FindContainer& find) const {
    return ContainerBuild(*this, container, find).run();
}

ContainerConfiguration read_containers(const ContainerReader& reader,
                                       std::span<const ContainerFacts> containers) {
    constexpr std::size_t shortest_id = 12;
    std::unordered_map<std::string_view, const ContainerFacts*> known;
    for (const ContainerFacts& container : containers) {
        known.emplace(container.name, &container);
        known.emplace(container.id, &container);
        if (container.id.size() > shortest_id)
            known.emplace(std::string_view(container.id).substr(0, shortest_id), &container);
    }
    const FindContainer find = [&known](std::string_view wanted) -> const ContainerFacts* {
        auto found = known.find(wanted);
        if (found == known.end() && wanted.size() > shortest_id)
            found = known.find(wanted.substr(0, shortest_id));
        return found == known.end() ? nullptr : found->second;
    };
    MergedContainers merged;
    // by place: that ids differ is the engine's promise, not that of a file
    for (std::size_t i = 0; i < containers.size(); ++i)
        merged.set(fmt::format("{:08}", i), reader.read(containers[i], find));
    ContainerConfiguration all;
    (void)merged.update(all.configuration);
    for (const auto& [unused, verdict] : merged.verdicts()) all.verdicts.push_back(verdict);
    return all;
}

std::string_view word_for(ContainerOutcome outcome) {
    switch (outcome) {
        case ContainerOutcome::routed: return "routed";
        case ContainerOutcome::left_out: return "left out";
        case ContainerOutcome::waiting: return "waiting";
        case ContainerOutcome::refused: return "refused";
    }
    return "routed";
}

}   // namespace gatehouse::traefik
