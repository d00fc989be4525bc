#include "faces/traefik/provider_settings.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view no_such_provider =
    "this provider is not supported: known are docker, swarm and file";

}   // namespace

const Table& DockerProvider::table() {
    static constexpr Field fields[] = {
        field<&DockerProvider::exposed_by_default>("exposedByDefault"),
        field<&DockerProvider::constraints>("constraints"),
        field<&DockerProvider::allow_empty_services>("allowEmptyServices"),
        field<&DockerProvider::network>("network"),
        field<&DockerProvider::use_bind_port_ip>("useBindPortIP"),
        field<&DockerProvider::watch>("watch"),
        field<&DockerProvider::default_rule>("defaultRule"),
        field<&DockerProvider::username>("username"),
        field<&DockerProvider::password>("password"),
        field<&DockerProvider::endpoint>("endpoint"),
        field<&DockerProvider::tls>("tls"),
        field<&DockerProvider::http_client_timeout>("httpClientTimeout"),
        field<&DockerProvider::swarm_mode>(
            "swarmMode", {.refusal = "a swarm is a provider of its own since Traefik 3: --providers.swarm"}),
        field<&DockerProvider::swarm_mode_refresh_seconds>(
            "swarmModeRefreshSeconds",
            {.refusal =
                 "a swarm is a provider of its own since Traefik 3: --providers.swarm.refreshSeconds"}),
    };
    static constexpr Table table = {"providers.docker", fields};
    return table;
}

const Table& SwarmProvider::table() {
    static constexpr Field fields[] = {
        field<&SwarmProvider::exposed_by_default>("exposedByDefault"),
        field<&SwarmProvider::constraints>("constraints"),
        field<&SwarmProvider::allow_empty_services>("allowEmptyServices"),
        field<&SwarmProvider::network>("network"),
        field<&SwarmProvider::use_bind_port_ip>("useBindPortIP"),
        field<&SwarmProvider::watch>("watch"),
        field<&SwarmProvider::default_rule>("defaultRule"),
        field<&SwarmProvider::username>("username"),
        field<&SwarmProvider::password>("password"),
        field<&SwarmProvider::endpoint>("endpoint"),
        field<&SwarmProvider::tls>("tls"),
        field<&SwarmProvider::http_client_timeout>("httpClientTimeout"),
        field<&SwarmProvider::refresh_seconds>("refreshSeconds"),
    };
    static constexpr Table table = {"providers.swarm", fields};
    return table;
}

const Table& FileProvider::table() {
    static constexpr Field fields[] = {
        field<&FileProvider::directory>("directory"),
        field<&FileProvider::watch>("watch"),
        field<&FileProvider::filename>("filename"),
        field<&FileProvider::debug_log_generated_template>("debugLogGeneratedTemplate",
                                                           {.notice = "generated templates are not logged"}),
    };
    static constexpr Table table = {"providers.file", fields};
    return table;
}

const Table& Providers::table() {
    static constexpr Field fields[] = {
        field<&Providers::providers_throttle_duration>("providersThrottleDuration"),
        field<&Providers::precedence>("precedence"),
        field<&Providers::docker>("docker", {.bare = true}),
        field<&Providers::swarm>("swarm", {.bare = true}),
        field<&Providers::file>("file", {.bare = true}),
        field<&Providers::kubernetes_ingress>("kubernetesIngress",
                                              {.bare = true, .refusal = no_such_provider}),
        field<&Providers::kubernetes_ingress_nginx>("kubernetesIngressNGINX",
                                                    {.bare = true, .refusal = no_such_provider}),
        field<&Providers::kubernetes_crd>("kubernetesCRD", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::kubernetes_gateway>("kubernetesGateway",
                                              {.bare = true, .refusal = no_such_provider}),
        field<&Providers::knative>("knative", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::rest>("rest", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::rancher>("rancher", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::marathon>("marathon", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::consul_catalog>("consulCatalog", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::nomad>("nomad", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::ecs>("ecs", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::consul>("consul", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::etcd>("etcd", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::zoo_keeper>("zooKeeper", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::redis>("redis", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::http>("http", {.bare = true, .refusal = no_such_provider}),
        field<&Providers::plugin>("plugin", {.bare = true, .refusal = no_such_provider}),
    };
    static constexpr Table table = {"providers", fields};
    return table;
}

}   // namespace gatehouse::traefik
