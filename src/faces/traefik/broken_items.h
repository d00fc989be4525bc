#pragma once
// What a mistake in one item of a configuration costs: the item, and whatever refers to it. Used where parts
// of a configuration may be wrong while the rest counts. Pure functions.

#include "faces/traefik/dynamic.h"
#include "faces/traefik/remark.h"

namespace gatehouse::traefik {

// Marks as broken what uses, by its name alone or as NAME@docker, something broken: middlewares of chains,
// routers, services. Each gets an error that says through what.
void spread_brokenness(DynamicConfiguration& configuration, Remarks& remarks);
void erase_broken(DynamicConfiguration& configuration);

}   // namespace gatehouse::traefik
