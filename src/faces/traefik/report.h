#pragma once
// What was compiled, and from what → the report that the API and the page tell. Made only when somebody asks
// (admin/site.h), so that following containers costs nothing more: control hands over what it has, shared.
// Passwords and what authenticates to services is not told. Pure; any thread.

#include "admin/report.h"
#include "faces/traefik/compile.h"
#include "faces/traefik/container_labels.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::traefik {

using Verdicts = std::map<std::string, ContainerVerdict>;   // by id

struct ReportSources {
    std::shared_ptr<const std::vector<Provided>> provided;
    std::shared_ptr<const States> states;
    std::shared_ptr<const Verdicts> verdicts;                      // null: no containers are followed
    std::vector<std::shared_ptr<const model::Service>> services;   // of the model
};

[[nodiscard]] admin::Report make_report(const ReportSources& sources);

[[nodiscard]] admin::Setting make_setting(const StaticConfiguration& configuration, std::string version);

}   // namespace gatehouse::traefik
