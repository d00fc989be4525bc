#pragma once
// What the entry point of the container image does before the gateway runs: it decides what is meant to run,
// does what nginx's entry point does before nginx (templates, scripts), and becomes that program.

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::image {

// What to run for what the container was given: nothing means nginx in the foreground, or Traefik's face
// where that was configured; switches and flags are the gateway's; `serve` and `version` are its commands;
// everything else is a command as it stands. Pure.
[[nodiscard]] std::vector<std::string> command_of(std::vector<std::string> arguments,
                                                  bool is_traefik_configured);

// Does this run nginx's face, so that nginx's templates are wanted? Pure.
[[nodiscard]] bool is_nginx_command(const std::vector<std::string>& command);

// Returns only after a failure: an exit code.
[[nodiscard]] int start(std::vector<std::string> arguments);

}   // namespace gatehouse::image
