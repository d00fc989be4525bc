#pragma once
// The nginx version whose behaviour is followed, as $nginx_version, `-v` and `-V` say it.

#include <string_view>

namespace gatehouse {

inline constexpr std::string_view followed_nginx_version = "1.29.8";

}   // namespace gatehouse
