#include "faces/traefik/container_options.h"

namespace gatehouse::traefik {

const Table& DockerOptions::table() {
    static constexpr Field fields[] = {
        field<&DockerOptions::network>("network"),
        field<&DockerOptions::lb_swarm>("lbSwarm", {.notice = "a swarm's own load balancing is not used"}),
        field<&DockerOptions::allow_non_running>("allowNonRunning"),
    };
    static constexpr Table table = {"traefik.docker", fields};
    return table;
}

const Table& SwarmOptions::table() {
    static constexpr Field fields[] = {
        field<&SwarmOptions::network>("network"),
        field<&SwarmOptions::lb_swarm>("lbSwarm", {.notice = "a swarm's own load balancing is not used"}),
    };
    static constexpr Table table = {"traefik.swarm", fields};
    return table;
}

const Table& ContainerOptions::table() {
    static constexpr Field fields[] = {
        field<&ContainerOptions::enable>("enable"),
        field<&ContainerOptions::docker>("docker"),
        field<&ContainerOptions::swarm>("swarm"),
    };
    static constexpr Table table = {"the labels of a container", fields};
    return table;
}

}   // namespace gatehouse::traefik
