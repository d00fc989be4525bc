// Gatehouse's own block for containers.
#include "faces/nginx/catalogue/tables.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/setters.h"

namespace gatehouse::nginx::catalogue {
namespace {

using namespace directives;

constexpr Entry entries[] = {
    // docker
    {"docker", at::http, block(none), opens(docker)},
    {"endpoint", at::docker, takes(1), acts(docker_word)},
    {"entry_point", at::docker, at_least(2), acts(docker_entry_point)},
    {"exposed_by_default", at::docker, flag, acts(set_flag<&DockerBlock::exposed_by_default>)},
    {"default_rule", at::docker, takes(1), acts(docker_word)},
    {"constraints", at::docker, takes(1), acts(docker_word)},
    {"network", at::docker, takes(1), acts(set_text<&DockerBlock::network>)},
    {"use_bind_port_ip", at::docker, flag, acts(set_flag<&DockerBlock::use_bind_port_ip>)},
    {"allow_empty_services", at::docker, flag, acts(set_flag<&DockerBlock::allow_empty_services>)},
    {"trusted_ips", at::docker, at_least(1), acts(docker_trusted_ips)},
    {"api", at::docker, takes(1), acts(docker_api)},
    {"compose_names", at::docker, flag, acts(set_flag<&DockerBlock::compose_names>)},
};

}   // namespace

std::span<const Entry> docker_entries() { return entries; }

}   // namespace gatehouse::nginx::catalogue
