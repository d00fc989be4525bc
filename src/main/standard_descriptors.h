#pragma once
// Descriptors 0, 1 and 2: whoever starts a program may leave them closed, and a program that goes to the
// background must let go of them.

namespace gatehouse::process {

// Opens those that are closed; the next file opened would otherwise take their number, and get what is meant
// for a terminal.
void ensure_standard_descriptors();
// Replaces all three.
void attach_standard_descriptors_to_nothing();

}   // namespace gatehouse::process
