#pragma once
// YAML (or JSON) and TOML files as a tree (node.h), each name with its line and column. What a library would
// let through is refused here: names given twice, keys that are no text, aliases that unfold into more than a
// file may hold. A value of null is as if it was not written, as in Traefik. No I/O: the text is given. Never
// throws.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "faces/traefik/node.h"
#include "faces/traefik/remark.h"

namespace gatehouse::traefik {

struct FileLimits {
    std::size_t bytes = 16 * 1024 * 1024;
    std::size_t nodes = 500'000;   // names and list elements, aliases unfolded
    std::size_t depth = 24;
};

// `path` names the file in origins. Nothing after an error, which is added to `remarks`.
[[nodiscard]] std::optional<Node> tree_of_yaml(std::string_view text, const std::string& path,
                                               const FileLimits& limits, Remarks& remarks);
[[nodiscard]] std::optional<Node> tree_of_toml(std::string_view text, const std::string& path,
                                               const FileLimits& limits, Remarks& remarks);
// By the path's ending: .toml, or .yaml, .yml and .json; any other is an error.
[[nodiscard]] std::optional<Node> tree_of_file(std::string_view text, const std::string& path,
                                               const FileLimits& limits, Remarks& remarks);

}   // namespace gatehouse::traefik
