#pragma once
// The route that a router is, at one entry point: Traefik's habits as settings of the model.

#include "faces/traefik/compile.h"

namespace gatehouse::traefik {

// Passes requests on to `service`. `tls`: for services of https://, else null.
[[nodiscard]] std::shared_ptr<const model::Route> route_of(const std::string& name, const Router& router,
                                                           const ReadyEntryPoint& entry_point,
                                                           const CompiledService& service, Filters filters,
                                                           const CompilerOptions& options);

// Answers 404 to everything: where no router matches.
[[nodiscard]] std::shared_ptr<const model::Route> route_of_nobody(const ReadyEntryPoint& entry_point,
                                                                  const CompilerOptions& options);

}   // namespace gatehouse::traefik
