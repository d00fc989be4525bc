#pragma once
// Classes of bytes in HTTP heads, as one table look-up, and a fast search for control characters. For use
// inside http/ only.

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/byte_scan.h"

namespace gatehouse::http {

// What a byte does to a field name; the larger bits are the stranger. See NameForm.
enum : std::uint8_t {
    name_plain = 0,
    name_underscore = 1,
    name_token = 2,     // a token character that nginx does not take for a name
    name_strange = 4,   // no token character, but visible
    name_end = 8,       // the colon, or what no name may hold: controls, space, DEL
};

[[nodiscard]] constexpr std::array<std::uint8_t, 256> make_name_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (unsigned c = 0; c < 256; ++c) {
        const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alphanumeric || c == '-') {
            classes[c] = name_plain;
        } else if (c == '_') {
            classes[c] = name_underscore;
        } else if (c <= 0x20 || c == 0x7f || c == ':') {
            classes[c] = name_end;
        } else if (std::string_view("!#$%&'*+.^`|~").find(static_cast<char>(c)) != std::string_view::npos) {
            classes[c] = name_token;
        } else {
            classes[c] = name_strange;
        }
    }
    return classes;
}
inline constexpr auto name_classes = make_name_classes();

[[nodiscard]] constexpr std::uint8_t name_class(char c) {
    return name_classes[static_cast<unsigned char>(c)];
}
[[nodiscard]] constexpr bool is_token_character(char c) { return name_class(c) <= name_token; }
[[nodiscard]] constexpr bool is_token(std::string_view text) {
    for (const char c : text) {
        if (!is_token_character(c)) return false;
    }
    return !text.empty();
}
[[nodiscard]] constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
[[nodiscard]] constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

[[nodiscard]] inline bool has_control(std::string_view text) {   // and DEL
    return any_byte(text,
                    [](std::uint64_t word) { return bytes_below_space(word) | bytes_equal(word, '\x7f'); });
}

// The offset of the first control character (NUL to 0x1f, DEL), eight bytes at a time; npos when there is
// none.
[[nodiscard]] inline std::size_t find_control(std::string_view text, std::size_t from = 0) {
    for (; from + 8 <= text.size(); from += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + from, 8);
        if ((bytes_below_space(word) | bytes_equal(word, '\x7f')) != 0) break;
    }
    for (; from < text.size(); ++from) {
        if (is_control(text[from])) return from;
    }
    return std::string_view::npos;
}

}   // namespace gatehouse::http
