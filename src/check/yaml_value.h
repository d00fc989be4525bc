#pragma once
// A YAML file as a tree of values, each with its place: for compose files, which unlike Traefik's tell names
// apart by case, and in which a name without a value means something. Merge keys and aliases are unfolded,
// within limits. No I/O; never throws.

#include "check/finding.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check {

struct Member;

struct Value {
    enum class Kind : std::uint8_t { nothing, text, list, map } kind = Kind::nothing;
    std::string text{};   // of a scalar
    Place place{};
    std::vector<Member> members{};   // of a list without names

    [[nodiscard]] const Value* find(std::string_view name) const;   // null: there is none
    [[nodiscard]] bool is_text() const { return kind == Kind::text; }
    [[nodiscard]] bool is_list() const { return kind == Kind::list; }
    [[nodiscard]] bool is_map() const { return kind == Kind::map; }
};

struct Member {
    std::string name{};
    Place place{};   // of the name; of a list's element: where it begins
    Value value{};
};

// Nothing after an error, which is added to `findings`.
[[nodiscard]] std::optional<Value> read_yaml(std::string_view text, const std::string& path,
                                             Findings& findings);

}   // namespace gatehouse::check
