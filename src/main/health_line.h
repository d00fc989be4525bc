#pragma once
// `traefik healthcheck …`, also `gatehouse healthcheck …`: asks the gateway on this machine whether it is
// well, where its flags, environment or file have the ping. Writes Traefik's words; exit status 0 or 1.

#include "faces/traefik/load_static.h"
#include "main/question.h"

#include <string>
#include <vector>

namespace gatehouse::process {

// Where the ping of such a start is. The error is a sentence.
[[nodiscard]] tl::expected<QuestionUrl, std::string> ping_url(const traefik::StaticSources& sources);

[[nodiscard]] int run_health_check(const std::vector<std::string>& arguments);

}   // namespace gatehouse::process
