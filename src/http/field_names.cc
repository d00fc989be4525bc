#include <array>
#include <cstdint>

#include "base/text.h"
#include "http/head.h"

namespace gatehouse::http {
namespace {

// In the order of FieldId, as usually written.
constexpr std::array<std::string_view, field_id_count> names = {
    "",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Accept-Ranges",
    "Age",
    "Allow",
    "Authorization",
    "Cache-Control",
    "Connection",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Cookie",
    "Date",
    "ETag",
    "Expect",
    "Expires",
    "Forwarded",
    "Host",
    "HTTP2-Settings",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Keep-Alive",
    "Last-Modified",
    "Link",
    "Location",
    "Origin",
    "Pragma",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "Refresh",
    "Retry-After",
    "Server",
    "Set-Cookie",
    "Status",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "User-Agent",
    "Vary",
    "Via",
    "WWW-Authenticate",
    "X-Accel-Buffering",
    "X-Accel-Charset",
    "X-Accel-Expires",
    "X-Accel-Limit-Rate",
    "X-Accel-Redirect",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Real-IP",
};
static_assert(names[static_cast<std::size_t>(FieldId::etag)] == "ETag");
static_assert(names[static_cast<std::size_t>(FieldId::transfer_encoding)] == "Transfer-Encoding");
static_assert(names[static_cast<std::size_t>(FieldId::x_real_ip)] == "X-Real-IP");

// A perfect hash over length, first and last letter and one between, its multiplier found at compile time:
// most unknown names are told apart by one look-up, known ones by one comparison more.
constexpr std::size_t slot_count = 512;

constexpr std::size_t slot_of(std::string_view name, std::uint32_t multiplier) {
    const auto letter = [&](std::size_t i) { return static_cast<std::uint32_t>(to_lower(name[i])); };
    const auto length = static_cast<std::uint32_t>(name.size());
    const std::uint32_t key =
        length | letter(0) << 8 | letter(name.size() * 3 / 4) << 16 | letter(name.size() - 1) << 24;
    return (key * multiplier) >> 23;
}

constexpr bool separates_all(std::uint32_t multiplier) {
    std::array<bool, slot_count> taken{};
    for (std::size_t i = 1; i < names.size(); ++i) {
        auto& slot = taken[slot_of(names[i], multiplier)];
        if (slot) return false;
        slot = true;
    }
    return true;
}

constexpr std::uint32_t find_multiplier() {
    std::uint32_t multiplier = 0x9e3779b1;
    while (!separates_all(multiplier)) multiplier = multiplier * 1664525 + 1013904223;
    return multiplier;
}
constexpr std::uint32_t multiplier = find_multiplier();

constexpr std::array<std::uint8_t, slot_count> make_slots() {
    std::array<std::uint8_t, slot_count> slots{};
    for (std::size_t i = 1; i < names.size(); ++i)
        slots[slot_of(names[i], multiplier)] = static_cast<std::uint8_t>(i);
    return slots;
}
constexpr auto slots = make_slots();

}   // namespace

FieldId field_id(std::string_view name) {
    if (name.empty()) return FieldId::other;
    const auto candidate = slots[slot_of(name, multiplier)];
    if (candidate == 0) return FieldId::other;
    // Most senders spell it as usual, and a plain comparison is the faster one.
    const bool same = name == names[candidate] || equals_ignoring_case(name, names[candidate]);
    return same ? static_cast<FieldId>(candidate) : FieldId::other;
}

std::string_view name_of(FieldId id) { return names[static_cast<std::size_t>(id)]; }

}   // namespace gatehouse::http
