#pragma once
// Where Traefik takes its dynamic configuration from: Docker, a swarm, files. Plain values with Traefik's
// defaults; providers that are not here are refused by name.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faces/traefik/decode.h"
#include "faces/traefik/tls_settings.h"

namespace gatehouse::traefik {

struct DockerProvider {
    bool exposed_by_default = true;
    std::string constraints;
    bool allow_empty_services = false;
    std::string network;
    bool use_bind_port_ip = false;
    bool watch = true;
    std::string default_rule = "Host(`{{ normalize .Name }}`)";
    std::string username;
    std::string password;
    std::string endpoint = "unix:///var/run/docker.sock";
    std::optional<ClientTls> tls;
    Duration http_client_timeout{};   // 0: none
    std::optional<Opaque> swarm_mode;
    std::optional<Opaque> swarm_mode_refresh_seconds;

    static const Table& table();
    bool operator==(const DockerProvider&) const = default;
};

struct SwarmProvider {
    bool exposed_by_default = true;
    std::string constraints;
    bool allow_empty_services = false;
    std::string network;
    bool use_bind_port_ip = false;
    bool watch = true;
    std::string default_rule = "Host(`{{ normalize .Name }}`)";
    std::string username;
    std::string password;
    std::string endpoint = "unix:///var/run/docker.sock";
    std::optional<ClientTls> tls;
    Duration http_client_timeout{};
    Duration refresh_seconds = std::chrono::seconds(15);

    static const Table& table();
    bool operator==(const SwarmProvider&) const = default;
};

struct FileProvider {
    std::string directory;
    bool watch = true;
    std::string filename;
    bool debug_log_generated_template = false;

    static const Table& table();
    bool operator==(const FileProvider&) const = default;
};

struct Providers {
    Duration providers_throttle_duration = std::chrono::seconds(2);
    std::vector<std::string> precedence;   // "": Traefik's order: swarm, docker, file
    std::optional<DockerProvider> docker;
    std::optional<SwarmProvider> swarm;
    std::optional<FileProvider> file;
    std::optional<Opaque> kubernetes_ingress;
    std::optional<Opaque> kubernetes_ingress_nginx;
    std::optional<Opaque> kubernetes_crd;
    std::optional<Opaque> kubernetes_gateway;
    std::optional<Opaque> knative;
    std::optional<Opaque> rest;
    std::optional<Opaque> rancher;
    std::optional<Opaque> marathon;
    std::optional<Opaque> consul_catalog;
    std::optional<Opaque> nomad;
    std::optional<Opaque> ecs;
    std::optional<Opaque> consul;
    std::optional<Opaque> etcd;
    std::optional<Opaque> zoo_keeper;
    std::optional<Opaque> redis;
    std::optional<Opaque> http;
    std::optional<Opaque> plugin;

    static const Table& table();
    bool operator==(const Providers&) const = default;
};

}   // namespace gatehouse::traefik
