#pragma once
// Small questions about a Content-Type value: the bare type, whether it names a charset, and the value with
// one added.

#include <string_view>

#include "base/arena.h"

namespace gatehouse::http {

[[nodiscard]] std::string_view bare_media_type(
    std::string_view content_type);   // "text/html" of "text/html; charset=x"
[[nodiscard]] std::string_view charset_of(
    std::string_view content_type);   // "" when it names none; without quotes
[[nodiscard]] std::string_view with_charset(std::string_view content_type, std::string_view charset,
                                            Arena& arena);

}   // namespace gatehouse::http
