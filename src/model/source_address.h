#pragma once
// The address that connections to endpoints are to come from (nginx: proxy_bind), as configurations and
// requests write it.

#include "base/socket_address.h"

#include <optional>
#include <string_view>

namespace gatehouse::model {

// "192.0.2.1", "192.0.2.1:8080", "2001:db8::1", "[2001:db8::1]:8080"; without a port, 0: the kernel takes
// one.
[[nodiscard]] std::optional<SocketAddress> parse_source_address(std::string_view text);

}   // namespace gatehouse::model
