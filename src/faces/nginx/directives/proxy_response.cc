// What forwarding changes in a response: Location and Refresh, and the cookies.
#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"

namespace gatehouse::nginx::directives {
namespace {

using model::CookieFlags;
using model::RedirectRewrite;

// One list per directive, inherited whole; `off` empties it and stands alone.
bool is_off(Level& level, const Directive& directive, bool was_empty) {
    if (directive.arguments.size() != 1) return false;
    if (directive.argument(0) != "off") {
        level.compilation.invalid_parameter(directive.arguments[0],
                                            "expected \"off\", or what to replace and by what");
    } else if (!was_empty) {
        level.compilation.error_in(directive, "is duplicate");
    }
    return true;
}

bool was_off(Level& level, const Directive& directive) {
    if (!level.seen.contains(directive.name.text + " off")) return false;
    level.compilation.error_in(directive, "is duplicate", "it was switched off above");
    return true;
}

// Expressions for domains ignore case and have no `~*`; a leading dot of a domain means nothing.
std::optional<RedirectRewrite> rewrite_of(Compilation& compilation, const Directive& directive,
                                          bool is_domain) {
    const Word& from = directive.arguments[0];
    const Word& to = directive.arguments[1];
    RedirectRewrite rewrite;
    std::string_view pattern = from.text;
    if (pattern.starts_with('~')) {
        pattern.remove_prefix(1);
        const bool starred = !is_domain && pattern.starts_with('*');
        if (starred) pattern.remove_prefix(1);
        rewrite.regex = compilation.regex(pattern, is_domain || starred, from);
        if (!rewrite.regex) return std::nullopt;
        rewrite.to = compilation.variables.parse(to);
        return rewrite;
    }
    std::string_view replacement = to.text;
    if (is_domain && pattern.starts_with('.')) pattern.remove_prefix(1);
    if (is_domain && replacement.starts_with('.')) replacement.remove_prefix(1);
    rewrite.from = compilation.variables.parse(pattern, from);
    rewrite.to = compilation.variables.parse(replacement, to);
    return rewrite;
}

void add_cookie_rewrite(Level& level, const Directive& directive, std::vector<RedirectRewrite>& list,
                        bool is_domain) {
    if (was_off(level, directive)) return;
    const bool is_first = level.first(directive.name.text);
    if (is_first) list.clear();
    if (is_off(level, directive, is_first)) {
        level.seen.insert(directive.name.text + " off");
        return;
    }
    if (auto rewrite = rewrite_of(level.compilation, directive, is_domain)) {
        list.push_back(*std::move(rewrite));
    }
}

// Constants are read now, text with variables for each answer.
void take_cookie_flag(Compilation& compilation, const Word& word, CookieFlags& flags) {
    if (has_variables(word.text)) {
        flags.run_time.push_back(compilation.variables.parse(word));
    } else if (!model::add_cookie_flag(flags, word.text)) {
        compilation.invalid_parameter(word,
                                      "expected secure, nosecure, httponly, nohttponly, samesite=strict, "
                                      "samesite=lax, samesite=none or nosamesite");
    }
}

}   // namespace

void proxy_redirect(Level& level, const Directive& directive) {
    if (was_off(level, directive)) return;
    auto& redirects = level.proxy.draft.redirects;
    const bool is_first = level.first(directive.name.text);
    if (is_first) redirects.clear();
    if (directive.arguments.size() == 1 && directive.argument(0) == "default") {
        if (!level.proxy.forward.target.empty() && level.seen.contains("proxy_pass")) {
            level.compilation.error(
                directive.name,
                "\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables");
            return;
        }
        redirects.push_back({.is_default = true, .rewrite = {}});
        return;
    }
    if (is_off(level, directive, is_first)) {
        level.seen.insert(directive.name.text + " off");
        return;
    }
    if (auto rewrite = rewrite_of(level.compilation, directive, false)) {
        redirects.push_back({.is_default = false, .rewrite = *std::move(rewrite)});
    }
}

void proxy_cookie_domain(Level& level, const Directive& directive) {
    add_cookie_rewrite(level, directive, level.proxy.forward.cookie_domains, true);
}

void proxy_cookie_path(Level& level, const Directive& directive) {
    add_cookie_rewrite(level, directive, level.proxy.forward.cookie_paths, false);
}

void proxy_cookie_flags(Level& level, const Directive& directive) {
    if (was_off(level, directive)) return;
    Compilation& compilation = level.compilation;
    const bool is_first = level.first(directive.name.text);
    if (is_first) level.proxy.forward.cookie_flags.clear();
    if (is_off(level, directive, is_first)) {
        level.seen.insert(directive.name.text + " off");
        return;
    }
    CookieFlags flags;
    const Word& name = directive.arguments[0];
    if (name.text.starts_with('~')) {
        flags.regex = compilation.regex(std::string_view(name.text).substr(1), true, name);
    } else {
        flags.name = compilation.variables.parse(name);
    }
    for (std::size_t i = 1; i < directive.arguments.size(); ++i) {
        take_cookie_flag(compilation, directive.arguments[i], flags);
    }
    level.proxy.forward.cookie_flags.push_back(std::move(flags));
}

}   // namespace gatehouse::nginx::directives
