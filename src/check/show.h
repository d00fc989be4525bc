#pragma once
// An outcome for people: the findings, each with the line it is about, then what would be served and what
// not, and in the last line how much of it there is. Pure.

#include "check/outcome.h"

#include <string>

namespace gatehouse::check {

struct ShowOptions {
    bool notices = false;   // also those
    bool color = false;     // for terminals
};

[[nodiscard]] std::string show(const Outcome& outcome, const ShowOptions& options);

}   // namespace gatehouse::check
