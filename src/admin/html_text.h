#pragma once
// Text → HTML that shows exactly this text, inside elements and quoted attributes. Pure.

#include <string>
#include <string_view>

namespace gatehouse::admin {

[[nodiscard]] std::string html(std::string_view text);

}   // namespace gatehouse::admin
