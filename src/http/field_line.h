#pragma once
// One field line of a head or a trailer section (RFC 9112 5), without its line end. For use inside http/
// only.

#include <string_view>

#include "http/head.h"

namespace gatehouse::http {

// Requests refuse with 400, responses with 502. What only responses are forgiven: white space before the
// colon, which a gateway must remove (RFC 9112 5.1), and control characters other than NUL, CR and LF in
// values (RFC 9110 5.5).
enum class FieldRules : std::uint8_t { request, response };

[[nodiscard]] HeadResult<Field> parse_field_line(std::string_view line, FieldRules rules);

}   // namespace gatehouse::http
