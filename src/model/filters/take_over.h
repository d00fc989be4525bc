#pragma once
// What filters remember outlives a change of the configuration: limits go on counting, a broken circuit stays
// broken. Which filter of the new configuration is which of the former is for the face to say: by name.

#include "model/filters/filter.h"

namespace gatehouse::model {

// `made` goes on with what `former` remembers. No effect on filters of another kind, or that remember
// nothing.
void take_over_memory(Filter& made, const Filter& former);

}   // namespace gatehouse::model
