#pragma once
// Looking for kinds of bytes in a text, eight at a time. A test takes a word of eight bytes and returns a
// word that is 0 when no byte is of the kind; which byte it was is not told exactly.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gatehouse {

[[nodiscard]] constexpr std::uint64_t bytes_below_space(std::uint64_t word) {
    return (word - 0x2020202020202020ULL) & ~word & 0x8080808080808080ULL;
}
[[nodiscard]] constexpr std::uint64_t bytes_equal(std::uint64_t word, char c) {
    constexpr std::uint64_t ones = 0x0101010101010101ULL;
    const std::uint64_t different = word ^ (ones * static_cast<unsigned char>(c));
    return (different - ones) & ~different & 0x8080808080808080ULL;
}
[[nodiscard]] constexpr std::uint64_t bytes_above_ascii(std::uint64_t word) {
    return word & 0x8080808080808080ULL;
}

// The first byte of that value; npos: none. Meant for what is near, such as the colon behind a field name.
[[nodiscard]] inline std::size_t find_near(std::string_view text, char c) {
    std::size_t at = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (; at + 8 <= text.size(); at += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + at, 8);
            // the lowest mark is exact: what bytes_equal marks falsely lies above a true one
            if (const auto found = bytes_equal(word, c); found != 0)
                return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
        }
    }
    for (; at < text.size(); ++at) {
        if (text[at] == c) return at;
    }
    return std::string_view::npos;
}

// A word of fewer than eight bytes, filled up with spaces.
[[nodiscard]] constexpr std::uint64_t widened(std::uint64_t word) { return word; }
[[nodiscard]] constexpr std::uint64_t widened(std::uint32_t word) { return word | 0x2020202000000000ULL; }
[[nodiscard]] constexpr std::uint64_t widened(char c) {
    return static_cast<unsigned char>(c) | 0x2020202020202000ULL;
}

// Calls visit(offset, word) with words of 8, 4 or 1 bytes (std::uint64_t, std::uint32_t, char) that together
// cover the text; the last may overlap the one before. Inlined by order: what it is for is a few
// instructions.
template <class Visit>
[[gnu::always_inline]] inline void for_each_word(std::string_view text, const Visit& visit) {
    const char* const data = text.data();
    const std::size_t size = text.size();
    std::uint64_t eight = 0;
    std::uint32_t four = 0;
    if (size >= 8) {
        for (std::size_t at = 0; at + 8 < size; at += 8) {
            std::memcpy(&eight, data + at, 8);
            visit(at, eight);
        }
        std::memcpy(&eight, data + size - 8, 8);
        visit(size - 8, eight);
    } else if (size >= 4) {
        std::memcpy(&four, data, 4);
        visit(std::size_t{0}, four);
        std::memcpy(&four, data + size - 4, 4);
        visit(size - 4, four);
    } else {
        for (std::size_t at = 0; at < size; ++at) visit(at, data[at]);
    }
}

// Whether `test` finds anything in the text.
template <class Test>
[[nodiscard]] [[gnu::always_inline]] inline bool any_byte(std::string_view text, const Test& test) {
    std::uint64_t found = 0;
    for_each_word(
        text, [&](std::size_t, auto word) __attribute__((always_inline)) { found |= test(widened(word)); });
    return found != 0;
}

// Copies the text to `to`. Cheaper than memcpy for what is short.
[[gnu::always_inline]] inline void copy_short(char* to, std::string_view text) {
    for_each_word(
        text, [to](std::size_t at, auto word)
                  __attribute__((always_inline)) { std::memcpy(to + at, &word, sizeof(word)); });
}

// The same; whether `test` finds anything in the text.
template <class Test>
[[nodiscard]] [[gnu::always_inline]] inline bool copy_looking(char* to, std::string_view text,
                                                              const Test& test) {
    std::uint64_t found = 0;
    for_each_word(
        text, [&](std::size_t at, auto word) __attribute__((always_inline)) {
            std::memcpy(to + at, &word, sizeof(word));
            found |= test(widened(word));
        });
    return found != 0;
}

}   // namespace gatehouse
