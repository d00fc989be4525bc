#pragma once
// What Traefik's configurations may say and Gatehouse does not act on, so that nothing is ignored in silence.
// Where ignoring an option could let somebody in whom it keeps out it is an error, else a notice. Pure.

#include "faces/traefik/http_dynamic.h"
#include "faces/traefik/remark.h"
#include "faces/traefik/static_configuration.h"

#include <string>
#include <vector>

namespace gatehouse::traefik {

struct UnusedOptions {   // sentences; an error: the item must not be served
    std::vector<std::string> errors, notices;
};

[[nodiscard]] UnusedOptions unused_options(const Router& router);
[[nodiscard]] UnusedOptions unused_options(const Service& service);
// `secures`: the servers are asked by https.
[[nodiscard]] UnusedOptions unused_options(const ServersTransport& transport, bool secures);
// A middleware of no type, or of several, is an error: which one was meant cannot be known.
[[nodiscard]] UnusedOptions unused_options(const Middleware& middleware);

void remark_unused(const StaticConfiguration& configuration, Remarks& remarks);

}   // namespace gatehouse::traefik
