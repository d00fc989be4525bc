#pragma once
// A configuration before anybody asked what its names mean: a tree of names and values, each with the place
// it came from. Labels, flags, environment variables, YAML and TOML all become one, so that there is one
// decoder (decode.h). Names compare ignoring case, and the spelling met first is kept, as Traefik does. Plain
// values, bounded by TreeLimits.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/origin.h"

namespace gatehouse::traefik {

// What a tree made of `a.b.c=value` pairs may be at most; beyond is an error of its own, never a cut.
struct TreeLimits {
    std::size_t pairs = 2000;   // of one container, or of one command line
    std::size_t key_bytes = 1024;
    std::size_t value_bytes = 64 * 1024;
    std::size_t total_bytes = 1024 * 1024;
    std::size_t depth = 24;   // elements of a key; levels of a file
};

struct Node {
    std::string name;   // of a list's element "[0]", "[1]" …
    std::optional<std::string> value;
    std::vector<Node> children;
    model::Origin origin;

    [[nodiscard]] const Node* child(std::string_view wanted) const;
    [[nodiscard]] Node* child(std::string_view wanted);
    [[nodiscard]] bool is_list() const;   // its children are "[0]" …; false without children
    // Same names and values in the same places; where they came from does not count.
    friend bool operator==(const Node& a, const Node& b);
};

// Adds `key` (`http.routers.web.rule`, `tls.domains[0].main`) below `root`. Gives what is wrong with the key:
// an empty element, a bracket that is no index, too deep. A key that was there already gets the new value.
[[nodiscard]] std::optional<std::string> add_pair(Node& root, std::string_view key, std::string value,
                                                  model::Origin origin, const TreeLimits& limits);

[[nodiscard]] bool is_valid_utf8(std::string_view text);

}   // namespace gatehouse::traefik
