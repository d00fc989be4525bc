#pragma once
// A model as text, for golden tests: stable order, and of each route only what differs from a default one.

#include "model/snapshot.h"

#include <string>

namespace gatehouse::nginx {

[[nodiscard]] std::string dump(const model::Model& model);

}   // namespace gatehouse::nginx
