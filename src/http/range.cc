#include "http/range.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <new>

#include "base/text.h"
#include "http/head.h"

namespace gatehouse::http {
namespace {

constexpr std::uint64_t part_head_estimate = 256;   // what a part costs beyond its content
constexpr std::uint64_t tolerated_overhead = 4096;

enum class Verdict : std::uint8_t { satisfiable, empty, whole, malformed };

std::string_view without_spaces(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> parse_position(std::string_view text) {
    const auto value = parse_decimal(text);
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return value && *value <= limit ? value : std::nullopt;
}

// One of "0-9", "5-" and "-10" against a representation of `size` bytes.
Verdict read_range(std::string_view spec, std::uint64_t size, ByteRange& range) {
    const auto hyphen = spec.find('-');
    if (hyphen == std::string_view::npos) return Verdict::malformed;
    const auto first_text = without_spaces(spec.substr(0, hyphen));
    const auto last_text = without_spaces(spec.substr(hyphen + 1));
    const auto first = parse_position(first_text);
    const auto last = parse_position(last_text);
    if ((!first && !first_text.empty()) || (!last && !last_text.empty())) return Verdict::malformed;
    if (!first && !last) return Verdict::malformed;

    if (!first) {   // the last so many bytes
        range = {size - std::min(*last, size), size};
        if (*last == 0) range.first = size;
    } else {
        range = {*first, last ? std::min(*last + 1, size) : size};
    }
    if (range.first < range.end) return Verdict::satisfiable;
    // As nginx: what would have to begin at the first byte, but is empty or the wrong way round, is no range
    // at all.
    return range.first == 0 ? Verdict::whole : Verdict::empty;
}

std::string_view decimal(std::uint64_t value, std::array<char, 20>& out) {
    const auto* end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
    return {out.data(), static_cast<std::size_t>(end - out.data())};
}

}   // namespace

RangeSelection select_ranges(std::string_view value, std::uint64_t size, Arena& arena,
                             std::optional<std::size_t> max_ranges) {
    using Kind = RangeSelection::Kind;
    constexpr std::string_view unit = "bytes=";
    if (!starts_with_ignoring_case(value, unit) || value.size() == unit.size() || max_ranges == 0U) return {};
    auto rest = value.substr(unit.size());

    // Each one takes a character and a comma at least, so their number is bounded by the length of the field.
    const auto room = static_cast<std::size_t>(std::ranges::count(rest, ',')) + 1;
    auto* ranges = static_cast<ByteRange*>(arena.allocate(room * sizeof(ByteRange), alignof(ByteRange)));
    std::size_t count = 0;
    std::uint64_t total = 0;
    while (true) {
        const auto comma = rest.find(',');
        ByteRange range;
        switch (read_range(without_spaces(rest.substr(0, comma)), size, range)) {
            case Verdict::malformed: return {Kind::unsatisfiable, {}};
            case Verdict::whole: return {};
            case Verdict::empty: break;
            case Verdict::satisfiable:
                if (max_ranges && count == *max_ranges) return {};
                new (ranges + count++) ByteRange(range);
                if (range.size() > std::numeric_limits<std::uint64_t>::max() - total) return {};
                total += range.size();
                break;
        }
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (count == 0) return {Kind::unsatisfiable, {}};
    if (count > 1) {
        if (total > size) return {};
        const bool outweighs = total + count * part_head_estimate > size + tolerated_overhead;
        if (!max_ranges && outweighs) return {};
    }
    return {Kind::partial, {ranges, count}};
}

std::string_view content_range(const ByteRange& range, std::uint64_t size, Arena& arena) {
    std::array<char, 20> first{};
    std::array<char, 20> last{};
    std::array<char, 20> all{};
    return arena.concat(
        {"bytes ", decimal(range.first, first), "-", decimal(range.end - 1, last), "/", decimal(size, all)});
}

std::string_view unsatisfied_content_range(std::uint64_t size, Arena& arena) {
    std::array<char, 20> all{};
    return arena.concat({"bytes */", decimal(size, all)});
}

Multipart make_multipart(std::span<const ByteRange> ranges, std::uint64_t size, std::string_view content_type,
                         std::uint64_t boundary_number, Arena& arena) {
    std::array<char, 20> boundary_text{};   // twenty digits, so that the boundary has one length
    for (auto digit = boundary_text.rbegin(); digit != boundary_text.rend(); ++digit, boundary_number /= 10) {
        *digit = static_cast<char>('0' + boundary_number % 10);
    }
    const std::string_view boundary(boundary_text.data(), boundary_text.size());
    const auto type_line =
        content_type.empty() ? std::string_view{} : arena.concat({"Content-Type: ", content_type, "\r\n"});

    Multipart multipart;
    multipart.content_type = arena.concat({"multipart/byteranges; boundary=", boundary});
    multipart.end = arena.concat({"\r\n--", boundary, "--\r\n"});
    multipart.length = multipart.end.size();
    auto* heads = static_cast<std::string_view*>(
        arena.allocate(ranges.size() * sizeof(std::string_view), alignof(std::string_view)));
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        const auto head =
            arena.concat({"\r\n--", boundary, "\r\n", type_line, name_of(FieldId::content_range), ": ",
                          content_range(ranges[i], size, arena), "\r\n\r\n"});
        new (heads + i) std::string_view(head);
        multipart.length += head.size() + ranges[i].size();
    }
    multipart.part_heads = {heads, ranges.size()};
    return multipart;
}

}   // namespace gatehouse::http
