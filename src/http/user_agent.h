#pragma once
// Browsers of long ago, told by their User-Agent: those that nginx's keepalive_disable is about. Pure.

#include <cstdint>
#include <string_view>

namespace gatehouse::http {

enum class OldBrowser : std::uint8_t {
    none,     // or any other browser
    msie6,    // Internet Explorer 4, 5 and 6 before its second service pack
    safari,   // on macOS
};
[[nodiscard]] OldBrowser old_browser(std::string_view user_agent);

}   // namespace gatehouse::http
