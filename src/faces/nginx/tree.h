#pragma once
// The parsed form of a configuration, before it means anything: directives with their words, nested blocks,
// and where each stands. Includes are already replaced by what they include. Plain values owned by the
// Document; nothing here knows which directives exist.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faces/nginx/source.h"

namespace gatehouse::nginx {

struct Word {
    std::string text{};
    bool quoted = false;
    Position position{};
    std::uint32_t length = 1;   // bytes in the source, quotes included
};

struct Directive {
    Word name{};
    std::vector<Word> arguments{};
    std::vector<Directive> children{};
    bool has_block = false;

    [[nodiscard]] const Position& position() const { return name.position; }
    [[nodiscard]] std::string_view argument(std::size_t index) const { return arguments.at(index).text; }
};

struct Document {
    Sources sources;
    std::vector<Directive> directives;
};

}   // namespace gatehouse::nginx
