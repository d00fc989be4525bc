#include "model/tlv_name.h"

#include <optional>
#include <span>

#include "base/text.h"

namespace gatehouse::model {
namespace {

struct Known {
    std::string_view name;
    std::uint8_t type;
};
constexpr Known in_header[] = {
    {"alpn", 0x01}, {"authority", 0x02}, {"unique_id", 0x05}, {"ssl", 0x20}, {"netns", 0x30}};
constexpr Known in_tls[] = {
    {"version", 0x21}, {"cn", 0x22}, {"cipher", 0x23}, {"sig_alg", 0x24}, {"key_alg", 0x25}};

std::optional<std::uint8_t> parse_hex_type(std::string_view digits) {
    if (digits.empty()) return std::nullopt;
    unsigned type = 0;
    for (const char digit : digits) {
        const int value = hex_value(digit);
        if (value < 0) return std::nullopt;
        type = type * 16 + static_cast<unsigned>(value);
        if (type > 0xFF) return std::nullopt;
    }
    return static_cast<std::uint8_t>(type);
}

std::optional<std::uint8_t> type_of(std::string_view name, std::span<const Known> known) {
    if (name.starts_with("0x")) return parse_hex_type(name.substr(2));
    for (const auto& candidate : known) {
        if (candidate.name == name) return candidate.type;
    }
    return std::nullopt;
}

}   // namespace

TlvName parse_tlv_name(std::string_view name) {
    using Place = TlvName::Place;
    const bool is_inside = name.starts_with("ssl_");
    if (is_inside) name.remove_prefix(4);
    if (is_inside && name == "verify") return {.place = Place::tls_verify, .type = 0};
    const auto type = is_inside ? type_of(name, in_tls) : type_of(name, in_header);
    if (!type) return {};
    return {.place = is_inside ? Place::tls : Place::header, .type = *type};
}

}   // namespace gatehouse::model
