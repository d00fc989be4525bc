#pragma once
// What follows from rules by their form alone: whether one holds whenever another does, and whether two can
// never hold at once. Both answers are safe: "yes" is certain, "no" may only mean that it was not seen. Time
// is the product of the sizes of the rules. Pure.

#include "model/rule.h"

namespace gatehouse::check {

// Whenever `rule` holds, so does `other`.
[[nodiscard]] bool implies(const model::Rule& rule, const model::Rule& other);
// No request matches both.
[[nodiscard]] bool exclude_each_other(const model::Rule& rule, const model::Rule& other);
// No request matches it.
[[nodiscard]] bool never_holds(const model::Rule& rule);

}   // namespace gatehouse::check
