#pragma once
// The containers that `docker compose up` would start, as facts an engine would give: names, labels,
// networks with addresses, ports. What only the engine knows is made up (addresses), or read from a
// Dockerfile that is at hand (ports), or marked as unknown. Pure.

#include "check/compose.h"
#include "model/container_facts.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::check {

struct ContainerOf {
    const ComposeService* service = nullptr;
    model::ContainerFacts facts{};
    bool ports_are_made_up = false;         // nothing here says what the image exposes
    bool knows_image_ports = false;         // a Dockerfile says
    std::set<std::uint16_t> ports_here{};   // of `expose` and `ports`
};

// By service, in the order of their names. `in_swarm`: labels are those of `deploy`.
[[nodiscard]] std::vector<ContainerOf> containers_of(const ComposeProject& project, bool in_swarm,
                                                     const ReadText& read);

// The engine's names of the networks that a service is on; none in the host's network.
[[nodiscard]] std::set<std::string> networks_of(const ComposeProject& project, const ComposeService& service);

// Names under which other containers reach it.
[[nodiscard]] std::set<std::string> hosts_of(const ComposeService& service);

// EXPOSE of the last stage of a Dockerfile.
[[nodiscard]] std::set<std::uint16_t> exposed_by_dockerfile(std::string_view text);

}   // namespace gatehouse::check
