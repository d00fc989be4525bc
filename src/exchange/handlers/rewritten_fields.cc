#include "exchange/handlers/rewritten_fields.h"

#include "base/text.h"
#include "model/cookie_flags.h"

#include <optional>
#include <utility>
#include <vector>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using model::CookieFlags;
using model::ForwardHandler;
using Rewritten = std::optional<std::string_view>;   // nothing: no rule fits

// A rule without an expression: rewrites `value`, or does not fit.
using PlainRule = Rewritten (*)(Exchange& exchange, const model::RedirectRewrite& rule,
                                std::string_view value);

// proxy_redirect and proxy_cookie_path replace a prefix.
Rewritten replace_prefix(Exchange& exchange, const model::RedirectRewrite& rule, std::string_view value) {
    const auto from = exchange.render(rule.from);
    if (!value.starts_with(from)) return {};
    return exchange.arena().concat({exchange.render(rule.to), value.substr(from.size())});
}

// proxy_cookie_domain replaces a whole name in any case; a dot in front is none of its business and stays.
Rewritten replace_domain(Exchange& exchange, const model::RedirectRewrite& rule, std::string_view value) {
    const std::string_view dot = value.starts_with('.') ? "." : "";
    if (!equals_ignoring_case(value.substr(dot.size()), exchange.render(rule.from))) return {};
    return exchange.arena().concat({dot, exchange.render(rule.to)});
}

// The first rule that fits rewrites. What an expression leads to stands for the whole value.
Rewritten rewrite(Exchange& exchange, const std::vector<model::RedirectRewrite>& rules,
                  std::string_view value, PlainRule plain) {
    for (const auto& rule : rules) {
        if (rule.regex == nullptr) {
            if (const auto text = plain(exchange, rule, value)) return text;
            continue;
        }
        model::Captures found;
        if (rule.regex->match(value, found) != model::Regex::Outcome::match) continue;
        const model::Captures before = std::exchange(exchange.captures, found);
        exchange.take_named(*rule.regex);
        const auto text = exchange.keep(exchange.render(rule.to));
        exchange.captures = before;
        return text;
    }
    return {};
}

// Refresh: "5; url=http://…".
std::string_view rewrite_refresh(Exchange& exchange, const ForwardHandler& handler, std::string_view value) {
    constexpr std::string_view mark = "url=";
    for (std::size_t at = 0; at + mark.size() <= value.size(); ++at) {
        if (!equals_ignoring_case(value.substr(at, mark.size()), mark)) continue;
        const auto url = value.substr(at + mark.size());
        const auto text = rewrite(exchange, handler.redirects, url, replace_prefix);
        return text ? exchange.arena().concat({value.substr(0, at + mark.size()), *text}) : value;
    }
    return value;
}

struct Attribute {
    std::string_view name, value;
    bool has_value = false;
    [[nodiscard]] bool is(std::string_view other) const { return equals_ignoring_case(name, other); }
};

Attribute attribute_of(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) return {.name = trim(text), .value = {}};
    return {.name = trim(text.substr(0, equals)), .value = text.substr(equals + 1), .has_value = true};
}

void add_run_time_flags(Exchange& exchange, CookieFlags& flags) {
    for (const auto& flag : flags.run_time) {   // nginx too ignores a value that is no flag
        static_cast<void>(model::add_cookie_flag(flags, exchange.render(flag)));
    }
}

// The flags of the first rule that fits the cookie's name.
CookieFlags flags_for(Exchange& exchange, const ForwardHandler& handler, std::string_view name) {
    for (const auto& rule : handler.cookie_flags) {
        model::Captures found;
        if (rule.regex != nullptr) {
            if (rule.regex->match(name, found) != model::Regex::Outcome::match) continue;
        } else if (!equals_ignoring_case(exchange.render(rule.name), name)) {
            continue;
        }
        CookieFlags flags = rule;
        const model::Captures before = std::exchange(exchange.captures, found);
        if (rule.regex != nullptr) exchange.take_named(*rule.regex);
        add_run_time_flags(exchange, flags);
        exchange.captures = before;
        return flags;
    }
    return {};
}

bool is_replaced(const CookieFlags& flags, const Attribute& attribute) {
    return (flags.secure && attribute.is("secure")) || (flags.http_only && attribute.is("httponly")) ||
           (flags.same_site != CookieFlags::SameSite::keep && attribute.is("samesite"));
}

// Rewrites one attribute of a cookie in place; whether a rule fits.
bool rewrite_attribute(Exchange& exchange, const ForwardHandler& handler, Attribute& attribute) {
    if (!attribute.has_value) return false;
    Rewritten text;
    if (attribute.is("domain"))
        text = rewrite(exchange, handler.cookie_domains, attribute.value, replace_domain);
    if (attribute.is("path")) text = rewrite(exchange, handler.cookie_paths, attribute.value, replace_prefix);
    if (!text) return false;
    attribute.value = *text;
    return true;
}

std::string cookie_text(const std::vector<Attribute>& attributes, const CookieFlags& flags) {
    std::string out;
    for (const auto& attribute : attributes) {
        if (!out.empty()) out += "; ";
        out += attribute.name;
        if (!attribute.has_value) continue;
        out += '=';
        out += attribute.value;
    }
    if (flags.secure.value_or(false)) out += "; Secure";
    if (flags.http_only.value_or(false)) out += "; HttpOnly";
    switch (flags.same_site) {
        case CookieFlags::SameSite::strict: out += "; SameSite=Strict"; break;
        case CookieFlags::SameSite::lax: out += "; SameSite=Lax"; break;
        case CookieFlags::SameSite::none: out += "; SameSite=None"; break;
        case CookieFlags::SameSite::keep:
        case CookieFlags::SameSite::off: break;
    }
    return out;
}

// A cookie that no rule fits stays as it was, byte for byte.
std::string_view rewrite_cookie(Exchange& exchange, const ForwardHandler& handler, std::string_view value) {
    if (handler.cookie_domains.empty() && handler.cookie_paths.empty() && handler.cookie_flags.empty())
        return value;
    std::vector<Attribute> attributes;
    for (const auto text : split(value, ';')) attributes.push_back(attribute_of(text));
    if (!attributes.front().has_value) return value;   // no cookie at all
    const CookieFlags flags = flags_for(exchange, handler, attributes.front().name);
    bool changed = flags.changes_something();
    for (std::size_t i = 1; i < attributes.size();) {
        if (is_replaced(flags, attributes[i])) {
            attributes.erase(attributes.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        if (rewrite_attribute(exchange, handler, attributes[i])) changed = true;
        ++i;
    }
    return changed ? exchange.keep(cookie_text(attributes, flags)) : value;
}

}   // namespace

std::string_view rewritten_value(Exchange& exchange, const ForwardHandler& handler,
                                 const http::Field& field) {
    switch (field.id) {
        case FieldId::location:
            return rewrite(exchange, handler.redirects, field.value, replace_prefix).value_or(field.value);
        case FieldId::refresh: return rewrite_refresh(exchange, handler, field.value);
        case FieldId::set_cookie: return rewrite_cookie(exchange, handler, field.value);
        default: return field.value;
    }
}

}   // namespace gatehouse::exchange
