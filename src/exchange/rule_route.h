#pragma once
// The route of a site that chooses by rules (model/rule_matcher.h) instead of locations: what the rules are
// told of an exchange, and what is answered when none of them matches.

#include "exchange/pipeline.h"

namespace gatehouse::exchange {

// Null: no rule matches. The site must have rules.
[[nodiscard]] const model::Route* find_rule_route(Exchange& exchange);

// 404 in Traefik's words, for a request that nobody has a route for.
[[nodiscard]] Outcome answer_no_route(Exchange& exchange);

}   // namespace gatehouse::exchange
