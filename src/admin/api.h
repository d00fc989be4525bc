#pragma once
// Traefik's API: overview, entry points, routers, services and middlewares of each protocol, raw data and
// version, in Traefik's JSON; and what became of each container, which Traefik does not tell. Pure.

#include "admin/query.h"
#include "admin/report.h"
#include "model/admin.h"

#include <string_view>

namespace gatehouse::admin {

// `path` begins with /api/.
[[nodiscard]] model::AdminAnswer answer_api(const Report& report, const Setting& setting,
                                            std::string_view path, const Query& query);

}   // namespace gatehouse::admin
