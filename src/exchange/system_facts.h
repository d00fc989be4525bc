#pragma once
// Facts that do not change from request to request, for $variables: cheap, cached where asking the system
// costs.

#include "base/arena.h"
#include "http/head.h"

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::exchange {

[[nodiscard]] std::uint64_t process_id();
// Local time's offset from UTC; asked of the system once an hour per thread.
[[nodiscard]] int utc_offset_minutes(std::time_t now);
// 32 hexadecimal digits from the kernel's random source.
[[nodiscard]] std::string make_request_id();
// The user of an `Authorization: Basic` field (RFC 7617); not checked against anything.
[[nodiscard]] std::optional<std::string_view> basic_user(const http::Fields& request, Arena& arena);
// The value of a Set-Cookie of that name.
[[nodiscard]] std::optional<std::string_view> find_set_cookie(const http::Fields& response,
                                                              std::string_view name);

}   // namespace gatehouse::exchange
