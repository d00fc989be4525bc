#pragma once
// The flags of cookies in an endpoint's answer (nginx: proxy_cookie_flags): which cookies a rule is about,
// and what becomes of their Secure, HttpOnly and SameSite.

#include "model/regex.h"
#include "model/template.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace gatehouse::model {

struct CookieFlags {
    Template name;                        // of the cookie, in any case …
    std::shared_ptr<const Regex> regex;   // … or an expression
    std::optional<bool> secure, http_only;
    enum class SameSite : std::uint8_t { keep, strict, lax, none, off } same_site = SameSite::keep;
    std::vector<Template> run_time;   // flags with variables: read for each answer

    [[nodiscard]] bool changes_something() const {
        return secure || http_only || same_site != SameSite::keep;
    }
};

// Reads "secure", "nosecure", "httponly", "nohttponly", "samesite=strict", "samesite=lax", "samesite=none" or
// "nosamesite", in any case, into `flags`. False: it is none of them, and nothing changed.
[[nodiscard]] bool add_cookie_flag(CookieFlags& flags, std::string_view text);

}   // namespace gatehouse::model
