#include "http/entity_tag.h"

#include <array>
#include <charconv>

namespace gatehouse::http {
namespace {

void skip_blanks(std::string_view& text) {
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

// Takes one tag from the front (RFC 9110 8.8.3): W/ in upper case, then anything visible but quotes.
std::optional<EntityTag> take_entity_tag(std::string_view& text) {
    EntityTag tag;
    auto rest = text;
    tag.weak = rest.starts_with("W/");
    if (tag.weak) rest.remove_prefix(2);
    if (!rest.starts_with('"')) return std::nullopt;
    const auto end = rest.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    tag.opaque = rest.substr(0, end + 1);
    text = rest.substr(end + 1);
    return tag;
}

}   // namespace

std::optional<EntityTag> parse_entity_tag(std::string_view text) {
    const auto tag = take_entity_tag(text);
    return text.empty() ? tag : std::nullopt;
}

bool strongly_equal(const EntityTag& a, const EntityTag& b) {
    return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weakly_equal(const EntityTag& a, const EntityTag& b) { return a.opaque == b.opaque; }

bool list_contains(std::string_view list, const EntityTag& tag, TagComparison comparison) {
    skip_blanks(list);
    while (true) {
        while (list.starts_with(',')) {   // empty elements (RFC 9110 5.6.1.2)
            list.remove_prefix(1);
            skip_blanks(list);
        }
        const auto element = take_entity_tag(list);
        if (!element) return false;
        const bool equal =
            comparison == TagComparison::strong ? strongly_equal(*element, tag) : weakly_equal(*element, tag);
        if (equal) return true;
        skip_blanks(list);
        if (!list.starts_with(',')) return false;
    }
}

std::string_view file_entity_tag(std::time_t last_modified, std::uint64_t size, Arena& arena) {
    std::array<char, 36> text{};
    char* const end = text.data() + text.size();
    char* to = text.data();
    *to++ = '"';
    to = std::to_chars(to, end, static_cast<std::uint64_t>(last_modified), 16).ptr;
    *to++ = '-';
    to = std::to_chars(to, end, size, 16).ptr;
    *to++ = '"';
    return arena.copy({text.data(), static_cast<std::size_t>(to - text.data())});
}

}   // namespace gatehouse::http
