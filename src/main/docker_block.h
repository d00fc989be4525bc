#pragma once
// `docker { … }` of a configuration of nginx's kind, as what containers' words are compiled with: the same as
// a start with Traefik's flags would make, but for its listeners, which are the configuration's.

#include "faces/nginx/diagnostic.h"
#include "faces/nginx/docker_block.h"
#include "faces/nginx/source.h"
#include "main/traefik_configuration.h"

#include <memory>
#include <string>

namespace gatehouse::process {

// `model` is the configuration's; it becomes what is served until the engine has answered. Null after errors,
// which are added to `diagnostics`.
[[nodiscard]] std::shared_ptr<const TraefikServing> read_docker_block(const nginx::DockerBlock& block,
                                                                      const std::string& hostname,
                                                                      nginx::FileSource& files,
                                                                      model::Model& model,
                                                                      nginx::Diagnostics& diagnostics);

}   // namespace gatehouse::process
