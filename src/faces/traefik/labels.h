#pragma once
// A container's labels as a tree (node.h), by Traefik's grammar: elements divided by dots, lists with an
// index, names that compare ignoring case below a root that must be lower case. Anybody who may start a
// container writes labels, so their number, length and depth are limited and bytes that are not UTF-8 are
// refused.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "faces/traefik/node.h"
#include "faces/traefik/remark.h"

namespace gatehouse::traefik {

using Labels = std::map<std::string, std::string>;

// Whether labels are within the limits and are text; else errors are added to `remarks`. Asked of those that
// begin with "traefik." alone: other programs' labels are none of our business.
[[nodiscard]] bool are_acceptable(const Labels& labels, const TreeLimits& limits, Remarks& remarks);

// The tree below "traefik" of the labels that begin with one of the filters (any case). Nothing if a label
// breaks the grammar.
[[nodiscard]] std::optional<Node> tree_of(const Labels& labels, std::span<const std::string_view> filters,
                                          const TreeLimits& limits, Remarks& remarks);

// Labels that begin with "traefik." and that Traefik does not read: said as notices, with the nearest known
// name. Those that `constraints` mentions are left out: they are somebody's own marks.
void note_unread(const Labels& labels, std::string_view constraints, Remarks& remarks);

[[nodiscard]] model::Origin origin_of_label(std::string_view key);

}   // namespace gatehouse::traefik
