#pragma once
// A start as Traefik is started: flags, environment or a file, to a model of what is known before any
// provider has said anything, and what is needed to go on when they do. Files are read through the same
// source as configurations of nginx's kind, so that the gateway reads what the keeper read.

#include "admin/site.h"
#include "faces/nginx/source.h"
#include "faces/traefik/compile_entry_points.h"
#include "faces/traefik/report.h"
#include "main/conf_side.h"
#include "main/docker_routing.h"
#include "main/traefik_options.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::process {

// What providers' words are compiled with.
struct TraefikServing {
    traefik::CompilerOptions compiling;
    std::vector<traefik::Provided> fixed;   // the program's own and files
    std::optional<DockerSettings> docker;
    std::shared_ptr<admin::Site> site;      // null: neither the API nor ping is wanted
    std::shared_ptr<const ConfSide> conf;   // what containers are served beside; null: nothing
};

struct TraefikReading {
    traefik::Remarks remarks;
    std::optional<model::Model> model;   // none after an error
    std::shared_ptr<const TraefikServing> serving;
};

[[nodiscard]] TraefikReading read_traefik(nginx::FileSource& files, const TraefikOptions& options);

// What is served while nothing is known of containers. `remarks`, if any, are told what is not: with an
// engine, what is missing may come with it.
[[nodiscard]] model::Model compile_without_containers(const TraefikServing& serving,
                                                      traefik::Remarks* remarks = nullptr);

// A certificate of localhost and that name that nobody vouches for; null: it cannot be made here. An error is
// a sentence.
[[nodiscard]] tl::expected<std::shared_ptr<const tls::ServerContext>, std::string> self_signed(
    nginx::FileSource& files, const std::string& hostname);

// What concerns the process and its logs, into a model of listeners and services; or all of the configuration
// that it is served beside.
void complete_traefik_model(model::Model& model, const TraefikServing& serving);

}   // namespace gatehouse::process
