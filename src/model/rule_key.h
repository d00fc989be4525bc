#pragma once
// Under what a rule can be filed, so that it is tried for few requests only: a host, and further things that
// a request must have. A rule has one or more keys; whenever it matches, the facts have the host and all
// anchors of at least one of them. The reverse need not hold: the rule itself has the last word. Used by
// RuleIndex while it is made.

#include "model/rule.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

struct RuleAnchor {
    enum class Kind : std::uint8_t {   // the later are likely to be the more selective
        name_of_argument,              // there is an argument of that name
        name_of_field,
        part_of_path,   // the path contains `text`
        part_of_host,
        path_prefix,
        client,
        argument,
        field,
        path,
    };
    Kind kind = Kind::name_of_argument;
    std::string_view text{};
    std::string_view name{};            // of a field or an argument
    const Network* network = nullptr;   // of client

    [[nodiscard]] std::size_t hash() const;
};

struct RuleKey {
    enum class Host : std::uint8_t { any, below, label_below, exact };   // the later the more selective
    static constexpr std::size_t most_anchors = 8;

    Host host_kind = Host::any;
    std::string_view host{};
    std::vector<RuleAnchor> anchors{};
};

// Views of the rule. Never empty.
[[nodiscard]] std::vector<RuleKey> keys_of(const Rule& rule);

}   // namespace gatehouse::model
