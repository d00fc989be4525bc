#pragma once
// The labels of a container that are about the container itself: whether it is routed, over which network,
// and whether its routes stay when it does not run. Plain values, as written.

#include <optional>
#include <string>

#include "faces/traefik/decode.h"

namespace gatehouse::traefik {

struct DockerOptions {
    std::optional<std::string> network;
    bool lb_swarm = false;
    bool allow_non_running = false;

    static const Table& table();
    bool operator==(const DockerOptions&) const = default;
};

struct SwarmOptions {
    std::optional<std::string> network;
    bool lb_swarm = false;

    static const Table& table();
    bool operator==(const SwarmOptions&) const = default;
};

struct ContainerOptions {
    std::optional<bool> enable;
    std::optional<DockerOptions> docker;
    std::optional<SwarmOptions> swarm;

    static const Table& table();
    bool operator==(const ContainerOptions&) const = default;
};

}   // namespace gatehouse::traefik
