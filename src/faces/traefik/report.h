#pragma once
// What was compiled, and from what → the report that the API and the page tell. Made only when somebody asks
// (admin/site.h), so that following containers costs nothing more.
// Passwords and what authenticates to services is not told. Pure; any thread.

#include "admin/report.h"
#include "faces/traefik/compile.h"
#include "faces/traefik/merged_containers.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse::traefik {

// References, for as long as the report is made.
struct ReportSources {
    const std::vector<Provided>& provided;
    const States& states;
    const Verdicts* verdicts = nullptr;                                   // null: no containers are followed
    const std::vector<std::shared_ptr<const model::Service>>& services;   // of the model
};

[[nodiscard]] admin::Report make_report(const ReportSources& sources);

[[nodiscard]] admin::Setting make_setting(const StaticConfiguration& configuration, std::string version);

}   // namespace gatehouse::traefik
