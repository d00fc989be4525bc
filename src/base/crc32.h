#pragma once
// CRC-32 (ISO 3309, as in zlib and Ethernet): what nginx's `hash` balancing is computed with; and CRC-32C
// (Castagnoli, RFC 4960 appendix B): what guards a PROXY protocol header. Fed in pieces; a copy taken halfway
// can be continued on its own.

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse {

template <std::uint32_t polynomial>   // reflected
class ReflectedCrc {
public:
    constexpr void update(std::string_view bytes) {
        for (const char c : bytes)
            state_ = table[(state_ ^ static_cast<unsigned char>(c)) & 0xFF] ^ (state_ >> 8);
    }
    [[nodiscard]] constexpr std::uint32_t value() const { return ~state_; }
    [[nodiscard]] static constexpr std::uint32_t of(std::string_view bytes) {
        ReflectedCrc crc;
        crc.update(bytes);
        return crc.value();
    }

private:
    static constexpr std::array<std::uint32_t, 256> make_table() {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t byte = 0; byte < made.size(); ++byte) {
            std::uint32_t entry = byte;
            for (int bit = 0; bit < 8; ++bit) entry = (entry >> 1) ^ ((entry & 1U) != 0 ? polynomial : 0U);
            made[byte] = entry;
        }
        return made;
    }
    static const std::array<std::uint32_t, 256> table;

    std::uint32_t state_ = 0xFFFFFFFFU;
};

template <std::uint32_t polynomial>
inline constexpr std::array<std::uint32_t, 256> ReflectedCrc<polynomial>::table = make_table();

using Crc32 = ReflectedCrc<0xEDB88320>;
using Crc32c = ReflectedCrc<0x82F63B78>;

}   // namespace gatehouse
