#pragma once
// Entity tags (RFC 9110 8.8.3): reading, comparing, and nginx's way of making one from a file's time and
// size.

#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

#include "base/arena.h"

namespace gatehouse::http {

struct EntityTag {
    bool weak = false;
    std::string_view opaque;   // with its quotes
};
[[nodiscard]] std::optional<EntityTag> parse_entity_tag(std::string_view text);   // the whole text is one tag

[[nodiscard]] bool strongly_equal(const EntityTag& a, const EntityTag& b);
[[nodiscard]] bool weakly_equal(const EntityTag& a, const EntityTag& b);

enum class TagComparison : std::uint8_t { strong, weak };
// Whether a list of tags (If-Match, If-None-Match) holds this one; "*" is for the caller. A malformed list
// holds nothing from there on.
[[nodiscard]] bool list_contains(std::string_view list, const EntityTag& tag, TagComparison comparison);

// "5f8b9a2c-1f4": modification time and size in hexadecimal, quoted.
[[nodiscard]] std::string_view file_entity_tag(std::time_t last_modified, std::uint64_t size, Arena& arena);

}   // namespace gatehouse::http
