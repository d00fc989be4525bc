#pragma once
// A model as text: every listener, site, location (in the order they count), script, handler, header edit and
// service. For golden tests of the faces and for `explain`; made to be read and to stay the same, not to be
// parsed. A level's settings are shown where they differ from the level around it, a site's where they differ
// from the built-in ones; a script and a handler are always shown.

#include <string>

#include "model/snapshot.h"

namespace gatehouse::model {

enum class Origins : bool { hidden, shown };   // "  # proxy.conf:12:5" behind what has one

[[nodiscard]] std::string dump(const Model& model, Origins origins = Origins::hidden);

}   // namespace gatehouse::model
