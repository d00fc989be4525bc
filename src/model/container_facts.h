#pragma once
// What an engine says of one container, as plain values: all that decides how a container is routed, and
// nothing of how it was learnt. providers/docker writes it from an inspection, faces read it. Text is as the
// engine gave it, so labels may be invalid UTF-8. Of the text the fields are named after in Docker's API
// (`GET /containers/ID/json`), an empty one means that the engine did not say.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gatehouse::model {

// `NetworkSettings.Networks`: one network the container is attached to.
struct ContainerNetwork {
    std::string name;   // the key under Networks, as `traefik.docker.network` names it
    std::string id;     // NetworkID
    std::string ipv4;   // IPAddress
    std::string ipv6;   // GlobalIPv6Address
    std::vector<std::string> aliases{};   // Aliases and DNSNames: what it is called there

    auto operator<=>(const ContainerNetwork&) const = default;
};

// Where a port of the container is published on the host.
struct PortBinding {
    std::string host_ip;       // "0.0.0.0" and "::" are no specific address; "" neither
    std::uint16_t host_port;   // 0: not known

    auto operator<=>(const PortBinding&) const = default;
};

// A port that the image or the container's configuration exposes, published or not. Of a container that does
// not run NetworkSettings.Ports is empty: then the ports are those of `Config.ExposedPorts`, without
// bindings.
struct ContainerPort {
    std::uint16_t number;
    std::string protocol;   // "tcp", "udp" or "sctp"
    std::vector<PortBinding> bindings;

    auto operator<=>(const ContainerPort&) const = default;
};

struct ContainerFacts {
    std::string id;
    std::string name;   // without the leading slash
    std::map<std::string, std::string> labels;
    bool running = false;
    bool paused = false;
    // It was sent its stop signal and may still serve what it has begun: it is to be given nothing new.
    bool stopping = false;
    std::string health;         // "starting", "healthy" or "unhealthy"; "" where there is no health check
    std::string stop_signal;    // Config.StopSignal
    std::string network_mode;   // HostConfig.NetworkMode: "host", "container:ID", a network's name …
    std::vector<ContainerNetwork> networks;   // in the order of their names
    std::vector<ContainerPort> ports;         // in any order
    // Of a swarm's task only:
    std::string service_name;   // the service's name; "" says that this is a container of its own
    std::string node_ip;        // the address of the node it runs on
    // Why nothing but the id is known, as part of a sentence ("its description is larger than 4 MiB"); "" for
    // all that could be inspected.
    std::string problem;

    auto operator<=>(const ContainerFacts&) const = default;
};

}   // namespace gatehouse::model
