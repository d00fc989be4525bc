#pragma once
// An outcome for programs: one JSON object, described in docs/check.md. Names and codes stay; more may come
// beside them. Pure.

#include "check/outcome.h"

#include <string>

namespace gatehouse::check {

[[nodiscard]] std::string to_json(const Outcome& outcome);

}   // namespace gatehouse::check
