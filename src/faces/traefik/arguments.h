#pragma once
// Traefik's command line and environment as a tree (node.h): `--entrypoints.web.address=:80`,
// `--entrypoints.web.address :80`,
// `--api`, `-api`; TRAEFIK_ENTRYPOINTS_WEB_ADDRESS. What an option takes is known from the tables, so that
// `--api --ping` is two switches and `--log.level DEBUG` one option. Pure functions.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faces/traefik/decode.h"

namespace gatehouse::traefik {

// Nothing after an error. A list given several times is one list; of anything else the last one counts, as in
// Traefik.
[[nodiscard]] std::optional<Node> tree_of_arguments(std::span<const std::string> arguments,
                                                    const Table& table, const TreeLimits& limits,
                                                    Remarks& remarks);

// `variables` are "NAME=value". Those that begin with TRAEFIK_ and the name of a part of the table count;
// others with that prefix get a notice.
[[nodiscard]] std::optional<Node> tree_of_environment(std::span<const std::string> variables,
                                                      const Table& table, const TreeLimits& limits,
                                                      Remarks& remarks);

// The row a dotted name leads to; null: there is none, or it is below something opaque or a name that anybody
// may choose.
[[nodiscard]] const Field* find_field(const Table& table, std::string_view name);

}   // namespace gatehouse::traefik
