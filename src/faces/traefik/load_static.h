#pragma once
// From a command line, an environment and perhaps a file to the static configuration, as Traefik does it: the
// three ways exclude each other; a file wins over flags, flags over environment variables. (What is left out
// for that reason is said as a warning, which Traefik does not do.) Then the defaults that depend on the
// rest: an entry point "http" on :80 if there is none, "traefik" on :8080 where something needs it. Files are
// read through a function, so nothing here does I/O.

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "faces/traefik/remark.h"
#include "faces/traefik/static_configuration.h"

namespace gatehouse::traefik {

// The text of a file; nothing: it is not there or cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

struct StaticSources {
    std::span<const std::string> arguments;     // without the program's name
    std::span<const std::string> environment;   // "NAME=value"
    ReadFile read_file;                         // may be empty: no files
};

// Nothing after an error: Traefik does not start then, and neither do we.
[[nodiscard]] std::optional<StaticConfiguration> load_static(const StaticSources& sources, Remarks& remarks);

}   // namespace gatehouse::traefik
