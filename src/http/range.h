#pragma once
// Byte ranges (RFC 9110 14): from a Range value and the size of a representation to the pieces to send, and
// the texts around them, single or as multipart/byteranges. As nginx: a broken range set is 416, one that
// asks for more bytes than there are is answered with the whole.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace gatehouse::http {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t end = 0;   // one past the last byte

    [[nodiscard]] std::uint64_t size() const { return end - first; }
    bool operator==(const ByteRange&) const = default;
};

struct RangeSelection {
    enum class Kind : std::uint8_t { whole, partial, unsatisfiable };
    Kind kind = Kind::whole;
    std::span<const ByteRange> ranges;   // partial: at least one, in the order asked for; in the arena
};
// max_ranges is nginx's: 0 turns ranges off, more satisfiable ones than that give the whole. Without it,
// ranges so many that their part heads outweigh what they save give the whole.
[[nodiscard]] RangeSelection select_ranges(std::string_view value, std::uint64_t size, Arena& arena,
                                           std::optional<std::size_t> max_ranges = std::nullopt);

// Content-Range: "bytes 0-9/100", and "bytes */100" for 416.
[[nodiscard]] std::string_view content_range(const ByteRange& range, std::uint64_t size, Arena& arena);
[[nodiscard]] std::string_view unsatisfied_content_range(std::uint64_t size, Arena& arena);

// multipart/byteranges: what goes before each part and after the last one. `content_type` may be empty.
struct Multipart {
    std::string_view content_type;                  // of the whole response, with the boundary
    std::span<const std::string_view> part_heads;   // one for each range
    std::string_view end;
    std::uint64_t length = 0;   // of the whole body
};
[[nodiscard]] Multipart make_multipart(std::span<const ByteRange> ranges, std::uint64_t size,
                                       std::string_view content_type, std::uint64_t boundary_number,
                                       Arena& arena);

}   // namespace gatehouse::http
