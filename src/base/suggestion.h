#pragma once
// Words for people about text that somebody else wrote: the name they may have meant, and the text itself
// made safe to show. Pure functions.

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

// `did you mean "X"?` for the nearest of the names (case does not count), or nothing when none is near.
[[nodiscard]] std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& names);

// Text that may come from a hostile file, safe to print: control bytes become `?`, the rest stays.
[[nodiscard]] std::string printable(std::string_view text);

}   // namespace gatehouse
