#pragma once
// How requests are passed on to a service, and its servers connected to: Traefik's habits as settings of the
// model. Pure.

#include "faces/traefik/compile_services.h"
#include "model/route.h"

#include <memory>

namespace gatehouse::traefik {

// `service.service` is not null.
[[nodiscard]] model::ForwardHandler forwarding_to(const CompiledService& service,
                                                  const model::Origin& origin);

// The same one each time. Null: TLS cannot be had.
[[nodiscard]] std::shared_ptr<const tls::ClientContext> client_context(bool verify);

}   // namespace gatehouse::traefik
