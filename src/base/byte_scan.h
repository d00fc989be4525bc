#pragma once
// Looking for kinds of bytes in a text, eight at a time. A test takes a word of eight bytes and returns a
// word that is 0 when no byte is of the kind; which byte it was is not told exactly.

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

// Whether `test` finds anything in the text. The last eight bytes overlap those before; a shorter text is
// filled up with spaces.
template <class Test>
[[nodiscard]] bool any_byte(std::string_view text, Test&& test) {
    std::uint64_t word = 0x2020202020202020ULL;
    if (text.size() < 8) {
        for (const char c : text) word = word << 8 | static_cast<unsigned char>(c);
        return test(word) != 0;
    }
    std::uint64_t found = 0;
    for (std::size_t at = 0; at + 8 < text.size(); at += 8) {
        std::memcpy(&word, text.data() + at, 8);
        found |= test(word);
    }
    std::memcpy(&word, text.data() + text.size() - 8, 8);
    return (found | test(word)) != 0;
}

}   // namespace gatehouse
