#pragma once
// Small pure functions over text: ASCII case, trimming, numbers, sizes and durations in nginx's notation,
// edit distance. Locale never matters here: protocol text is ASCII.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

[[nodiscard]] constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
[[nodiscard]] constexpr char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) { return to_lower(c) >= 'a' && to_lower(c) <= 'z'; }
[[nodiscard]] constexpr int hex_value(char c) {   // -1: not a hexadecimal digit
    if (is_digit(c)) return c - '0';
    const char low = to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool less_ignoring_case(std::string_view a, std::string_view b);   // for sorting
[[nodiscard]] bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part);
[[nodiscard]] std::string_view trim(std::string_view text);   // spaces and tabs on both sides (RFC 9110 OWS)
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Decimal digits only: no sign, no space, no overflow.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);
// nginx sizes: 4096, 8k, 1m, 2g (either case), in bytes.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
// nginx times: "30" (seconds), 500ms, 1h30m, 1d, 1w, 1M (30 days), 1y (365 days); units largest first.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// Levenshtein distance, for "did you mean": small words only.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

struct CaseInsensitiveHash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const;
};
struct CaseInsensitiveEqual {
    using is_transparent = void;
    [[nodiscard]] bool operator()(std::string_view a, std::string_view b) const {
        return equals_ignoring_case(a, b);
    }
};
// Lets unordered_map<std::string, …> be asked with a string_view.
struct TextHash {
    using is_transparent = void;
    [[nodiscard]] std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

}   // namespace gatehouse
