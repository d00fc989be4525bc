#pragma once
// The real files that the simulated gateway serves, and everything it answers without an endpoint. Made once
// per process, in a directory of their own that is removed at the end.

#include "client.h"

namespace gatehouse::simulation {

[[nodiscard]] const std::string& static_files_directory();
[[nodiscard]] const OwnAnswers& own_answers();   // by target

}   // namespace gatehouse::simulation
