#pragma once
// Base64 (RFC 4648).

#include <string>
#include <string_view>

namespace gatehouse {

[[nodiscard]] std::string encode_base64(std::string_view bytes);   // section 4, with padding
// Both alphabets; ends at the first character of neither.
[[nodiscard]] std::string decode_base64(std::string_view text);

}   // namespace gatehouse
