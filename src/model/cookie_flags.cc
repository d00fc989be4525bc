#include "model/cookie_flags.h"

#include "base/text.h"

namespace gatehouse::model {

bool add_cookie_flag(CookieFlags& flags, std::string_view text) {
    using SameSite = CookieFlags::SameSite;
    const auto is = [&](std::string_view flag) { return equals_ignoring_case(text, flag); };
    if (is("secure") || is("nosecure")) {
        flags.secure = is("secure");
    } else if (is("httponly") || is("nohttponly")) {
        flags.http_only = is("httponly");
    } else if (is("samesite=strict")) {
        flags.same_site = SameSite::strict;
    } else if (is("samesite=lax")) {
        flags.same_site = SameSite::lax;
    } else if (is("samesite=none")) {
        flags.same_site = SameSite::none;
    } else if (is("nosamesite")) {
        flags.same_site = SameSite::off;
    } else {
        return false;
    }
    return true;
}

}   // namespace gatehouse::model
