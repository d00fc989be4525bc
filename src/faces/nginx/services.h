#pragma once
// The services that directives name: an upstream block, or one made of a host where it is named, once for
// all who name it.

#include <memory>

#include "faces/nginx/endpoint.h"
#include "faces/nginx/level.h"

namespace gatehouse::nginx {

// Null after a reported error.
[[nodiscard]] std::shared_ptr<const model::Service> service_of(Compilation& compilation,
                                                               const EndpointText& endpoint,
                                                               const Word& where);
// What TLS to it leads to.
[[nodiscard]] TlsTarget tls_target_of(const EndpointText& endpoint, const model::Service& service);

}   // namespace gatehouse::nginx
