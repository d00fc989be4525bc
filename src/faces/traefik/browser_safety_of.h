#pragma once
// What the headers middleware says of browsers' safety, as settings of a filter. Pure.

#include "faces/traefik/http_headers_middleware.h"
#include "model/filters/filter.h"

namespace gatehouse::traefik {

[[nodiscard]] model::BrowserSafety browser_safety_of(const HeadersMiddleware& written);

}   // namespace gatehouse::traefik
