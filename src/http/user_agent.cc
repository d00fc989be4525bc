#include "http/user_agent.h"

namespace gatehouse::http {

OldBrowser old_browser(std::string_view user_agent) {
    const auto names = [&](std::string_view word) { return user_agent.contains(word); };
    if (names("Opera")) return OldBrowser::none;   // it used to say that it is all of them
    constexpr std::string_view mark = "MSIE ";
    if (const auto at = user_agent.find(mark); at != std::string_view::npos) {
        const auto version = user_agent.substr(at + mark.size());
        if (version.size() < 3 || version[1] != '.') return OldBrowser::none;
        const bool is_old =
            version[0] == '4' || version[0] == '5' || (version[0] == '6' && !version.contains("SV1"));
        return is_old ? OldBrowser::msie6 : OldBrowser::none;
    }
    if (names("Gecko/") || names("Chrome/")) return OldBrowser::none;
    return names("Safari/") && names("Mac OS X") ? OldBrowser::safari : OldBrowser::none;
}

}   // namespace gatehouse::http
