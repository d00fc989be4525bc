// The one place where {fmt}'s own code is compiled: Debian ships no static library of it, and a static binary is wanted.
#include <fmt/format-inl.h>
