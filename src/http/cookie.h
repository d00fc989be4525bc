#pragma once
// Reading cookies that a client sent (RFC 6265 5.4, RFC 9113 8.2.3): values are taken as they are.

#include <optional>
#include <string_view>

#include "http/head.h"

namespace gatehouse::http {

// The first of that name over all Cookie fields. Names are compared in any case, as nginx's $cookie_NAME
// does.
[[nodiscard]] std::optional<std::string_view> find_cookie(const Fields& request, std::string_view name);

}   // namespace gatehouse::http
