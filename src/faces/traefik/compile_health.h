#pragma once
// Traefik's healthCheck of a load balancer → the model's. Pure.

#include "faces/traefik/compile_services.h"

#include <memory>

namespace gatehouse::traefik {

// `service`: as far as it is made, with its scheme and how it is trusted; it takes the sentences about what
// is wrong. `base_path`: of the first server's URL. Null after an error.
[[nodiscard]] std::shared_ptr<const model::HealthCheck> compile_health_check(const HealthCheck& written,
                                                                             std::string_view base_path,
                                                                             CompiledService& service);

}   // namespace gatehouse::traefik
