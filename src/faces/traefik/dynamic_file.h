#pragma once
// Files of Traefik's file provider → dynamic configuration. A file may be a template ({{ env "DOMAIN" }},
// text_template.h). A mistake anywhere in a file refuses the file, as in Traefik: whoever watches it keeps
// what was there before. No I/O: the text is given.

#include <optional>
#include <string>
#include <string_view>

#include "faces/traefik/dynamic.h"
#include "faces/traefik/file_tree.h"
#include "faces/traefik/remark.h"
#include "faces/traefik/template_value.h"

namespace gatehouse::traefik {

// Nothing after an error, which is added to `remarks` with its line and column.
[[nodiscard]] std::optional<DynamicConfiguration> read_dynamic_file(std::string_view text,
                                                                    const std::string& path,
                                                                    const Environment& environment,
                                                                    Remarks& remarks,
                                                                    const FileLimits& limits = {});

// Files of a directory together. What an earlier file defined already is skipped with a warning, as in
// Traefik.
void add_file(DynamicConfiguration& into, DynamicConfiguration from, Remarks& remarks);

// Of names that begin a file and are none that the program knows, Traefik reads nothing, not even mistakes:
// they are cut off with a warning. (Anchors that YAML reuses are kept there, for example.)
void drop_unknown_roots(Node& root, const Table& table, Remarks& remarks);

}   // namespace gatehouse::traefik
