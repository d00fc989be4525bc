#pragma once
// The files that nginx installs beside its configuration and that nearly every nginx.conf includes. When one
// is absent where the configuration says it is, the text here stands in for it, with a notice. Static data.

#include <optional>
#include <string_view>

namespace gatehouse::nginx {

// By the last part of the path: "mime.types", "proxy_params", "fastcgi_params", …
[[nodiscard]] std::optional<std::string_view> built_in_file(std::string_view name);

}   // namespace gatehouse::nginx
