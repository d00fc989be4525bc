#pragma once
// The page at /dashboard/: what is served and why, in HTML without scripts or anything from elsewhere. All
// that others wrote is escaped. It links only to itself, by queries: it works below any path. Pure.

#include "admin/query.h"
#include "admin/report.h"

#include <string>

namespace gatehouse::admin {

[[nodiscard]] std::string write_page(const Report& report, const Setting& setting, const Query& query);

}   // namespace gatehouse::admin
