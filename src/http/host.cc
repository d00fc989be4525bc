#include "http/host.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"
#include "http/characters.h"

namespace gatehouse::http {
namespace {

constexpr const char* bad_host = "invalid host";
constexpr std::string_view sub_delimiters = "!$&'()*+,;=";   // RFC 3986 2.2

constexpr bool is_literal_character(char c) {
    return c == ':' || c == '-' || c == '.' || c == '_' || c == '~' || is_digit(c) || is_alpha(c) ||
           sub_delimiters.find(c) != std::string_view::npos;
}

// A registered name in the wide sense of RFC 3986 3.2.2 and nginx: also "_", percent escapes and raw UTF-8.
constexpr bool is_name_character(char c) {
    return (is_literal_character(c) && c != ':') || c == '%' || static_cast<unsigned char>(c) >= 0x80;
}

// What a byte of a name asks for.
enum : std::uint8_t { name_plain_byte = 0, name_upper_byte = 1, name_bad_byte = 2 };
constexpr auto name_bytes = [] {
    std::array<std::uint8_t, 256> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char c = static_cast<char>(i);
        bytes[i] = !is_name_character(c) ? name_bad_byte
                   : to_lower(c) != c    ? name_upper_byte
                                         : name_plain_byte;
    }
    return bytes;
}();
unsigned kinds_in(std::string_view name) {
    unsigned kinds = name_plain_byte;
    for (const char c : name) kinds |= name_bytes[static_cast<unsigned char>(c)];
    return kinds;
}

// The length of what comes before the port; 0 when that is invalid.
std::size_t name_length(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos || end == 1) return 0;
        const auto inside = text.substr(1, end - 1);
        const bool valid =
            std::ranges::all_of(inside, is_literal_character) && inside.find("..") == std::string_view::npos;
        return valid ? end + 1 : 0;
    }
    const auto length = std::min(text.find(':'), text.size());
    const auto name = text.substr(0, length);
    if (name == "." || name.find("..") != std::string_view::npos) return 0;
    return (kinds_in(name) & name_bad_byte) == 0 ? length : 0;
}

std::string_view lower_case(std::string_view text, Arena& arena) {
    if ((kinds_in(text) & name_upper_byte) == 0) return text;
    const auto out = arena.allocate_text(text.size());
    std::ranges::transform(text, out.begin(), to_lower);
    return {out.data(), out.size()};
}

}   // namespace

HeadResult<Host> parse_host(std::string_view text, Arena& arena) {
    const auto length = name_length(text);
    if (length == 0) return refuse(400, bad_host);
    Host host;
    auto name = text.substr(0, length);
    if (name.ends_with('.')) name.remove_suffix(1);
    host.name = lower_case(name, arena);
    auto rest = text.substr(length);
    if (rest.empty()) return host;
    if (rest.front() != ':') return refuse(400, bad_host);
    rest.remove_prefix(1);
    host.port_text = rest;
    if (rest.empty()) return host;   // "name:" is allowed (RFC 3986 3.2.3)
    const auto port = parse_decimal(rest);
    if (!port || *port > 65535) return refuse(400, "invalid port in the host");
    host.port = static_cast<std::uint16_t>(*port);
    return host;
}

HeadResult<Host> request_host(const RequestHead& head, const Target& target, Arena& arena) {
    const auto* field = head.fields.find(FieldId::host);
    if (field == nullptr && head.version != Version::http_1_0)
        return refuse(400, "no Host in an HTTP/1.1 request");
    HeadResult<Host> host{};
    if (field != nullptr) {
        if (head.fields.count(FieldId::host) > 1) return refuse(400, "more than one Host");
        // Even a Host that an absolute-form target overrides (RFC 9112 3.2.2) must be a valid one.
        host = parse_host(field->value, arena);
        if (!host) return host;
    }
    if (target.authority.empty()) return host;
    return parse_host(target.authority, arena);
}

}   // namespace gatehouse::http
