#pragma once
// Text that anybody may have written (labels) → characters that JSON and HTML may hold. Pure.

#include <string_view>

namespace gatehouse::admin {

// Length of the UTF-8 sequence at the beginning of `text`, which is not empty; 0: it is none (RFC 3629).
[[nodiscard]] constexpr std::size_t utf8_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xc0U) != 0x80) return 0;
    }
    if (first == 0xe0 && at(1) < 0xa0) return 0;    // too long for what it says
    if (first == 0xed && at(1) >= 0xa0) return 0;   // half a surrogate pair
    if (first == 0xf0 && at(1) < 0x90) return 0;
    if (first == 0xf4 && at(1) >= 0x90) return 0;
    return length;
}

// Gives each character to `take`, in order; U+FFFD for each byte that belongs to none.
template <class Take>
void for_each_character(std::string_view text, Take take) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        take(length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, length));
        text.remove_prefix(length == 0 ? 1 : length);
    }
}

}   // namespace gatehouse::admin
