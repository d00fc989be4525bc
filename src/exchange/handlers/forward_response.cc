#include "exchange/handlers/forward_response.h"

#include "base/text.h"
#include "http/content_type.h"
#include "http/date.h"
#include "http/framing.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using model::ForwardHandler;

// How much of a value the "from" of a rule stands for.
enum class Fit : std::uint8_t {
    prefix,
    domain,   // all of it, in any case, but for a leading dot, which stays (nginx)
};

// What is before the text that a rule's "from" stands for.
std::string_view before_match(std::string_view value, Fit fit) {
    return value.substr(0, fit == Fit::domain && value.starts_with('.') ? 1 : 0);
}

bool matches(std::string_view value, std::string_view from, Fit fit) {
    return fit == Fit::domain ? equals_ignoring_case(value, from) : value.starts_with(from);
}

// The first rule that fits rewrites; an expression stands for the whole value (nginx).
std::string_view rewrite(Exchange& exchange, const std::vector<model::RedirectRewrite>& rules,
                         std::string_view value, Fit fit) {
    for (const auto& rule : rules) {
        if (rule.regex != nullptr) {
            model::Captures found;
            if (rule.regex->match(value, found) != model::Regex::Outcome::match) continue;
            const model::Captures before = std::exchange(exchange.captures, found);
            exchange.take_named(*rule.regex);
            const auto text = exchange.keep(exchange.render(rule.to));
            exchange.captures = before;
            return text;
        }
        const auto from = exchange.render(rule.from);
        const auto before = before_match(value, fit);
        const auto rest = value.substr(before.size());
        if (!matches(rest, from, fit)) continue;
        return exchange.arena().concat({before, exchange.render(rule.to), rest.substr(from.size())});
    }
    return value;
}

// Refresh: "5; url=http://…".
std::string_view rewrite_refresh(Exchange& exchange, const ForwardHandler& handler, std::string_view value) {
    for (std::size_t at = 0; at + 4 <= value.size(); ++at) {
        if (!equals_ignoring_case(value.substr(at, 4), "url=")) continue;
        const auto url = value.substr(at + 4);
        return exchange.arena().concat(
            {value.substr(0, at + 4), rewrite(exchange, handler.redirects, url, Fit::prefix)});
    }
    return value;
}

std::string_view same_site_text(model::CookieFlags::SameSite kind) {
    switch (kind) {
        case model::CookieFlags::SameSite::strict: return "; SameSite=Strict";
        case model::CookieFlags::SameSite::lax: return "; SameSite=Lax";
        case model::CookieFlags::SameSite::none: return "; SameSite=None";
        case model::CookieFlags::SameSite::keep:
        case model::CookieFlags::SameSite::off: break;
    }
    return {};
}

const model::CookieFlags* flags_for(Exchange& exchange, const ForwardHandler& handler,
                                    std::string_view cookie) {
    const auto name = trim(cookie.substr(0, cookie.find('=')));
    for (const auto& flags : handler.cookie_flags) {
        if (flags.off) return nullptr;
        model::Captures found;
        const bool fits = flags.regex != nullptr
                              ? flags.regex->match(name, found) == model::Regex::Outcome::match
                              : equals_ignoring_case(exchange.render(flags.name), name);
        if (fits) return &flags;
    }
    return nullptr;
}

// Set-Cookie: Domain, Path and the flags, attribute by attribute; everything else stays as it was.
std::string_view rewrite_cookie(Exchange& exchange, const ForwardHandler& handler, std::string_view value) {
    if (handler.cookie_domains.empty() && handler.cookie_paths.empty() && handler.cookie_flags.empty())
        return value;
    using SameSite = model::CookieFlags::SameSite;
    const auto* flags = flags_for(exchange, handler, value);
    std::string out;
    bool first = true;
    for (const auto attribute : split(value, ';')) {
        const auto text = first ? attribute : trim(attribute);
        const auto name = trim(text.substr(0, text.find('=')));
        const auto equals = text.find('=');
        std::string_view kept = text;
        if (!first && equals != std::string_view::npos && equals_ignoring_case(name, "domain")) {
            kept = exchange.arena().concat(
                {text.substr(0, equals + 1),
                 rewrite(exchange, handler.cookie_domains, text.substr(equals + 1), Fit::domain)});
        } else if (!first && equals != std::string_view::npos && equals_ignoring_case(name, "path")) {
            kept = exchange.arena().concat(
                {text.substr(0, equals + 1),
                 rewrite(exchange, handler.cookie_paths, text.substr(equals + 1), Fit::prefix)});
        }
        const bool replaced =
            !first && flags != nullptr &&
            ((flags->secure && equals_ignoring_case(name, "secure")) ||
             (flags->http_only && equals_ignoring_case(name, "httponly")) ||
             (flags->same_site != SameSite::keep && equals_ignoring_case(name, "samesite")));
        if (!replaced) {
            if (!first) out += "; ";
            out += kept;
        }
        first = false;
    }
    if (flags != nullptr) {
        if (flags->secure.value_or(false)) out += "; Secure";
        if (flags->http_only.value_or(false)) out += "; HttpOnly";
        out += same_site_text(flags->same_site);
    }
    return exchange.keep(out);
}

void obey_accel(Exchange& exchange, const ForwardHandler& handler, const http::Field& field,
                AccelOrders& orders) {
    const bool is_order = field.id == FieldId::x_accel_redirect || field.id == FieldId::x_accel_buffering ||
                          field.id == FieldId::x_accel_limit_rate;
    if (!is_order) return;
    auto& response = exchange.response;
    if (!handler.ignore_headers.empty() && handler.ignore_headers.contains(lower(field.name))) return;
    if (field.id == FieldId::x_accel_redirect) orders.redirect = field.value;
    if (field.id == FieldId::x_accel_buffering && equals_ignoring_case(field.value, "no"))
        response.unbuffered = true;
    if (field.id == FieldId::x_accel_limit_rate) response.limit_rate = parse_decimal(field.value).value_or(0);
}

std::string_view rewritten_value(Exchange& exchange, const ForwardHandler& handler,
                                 const http::Field& field) {
    switch (field.id) {
        case FieldId::location: return rewrite(exchange, handler.redirects, field.value, Fit::prefix);
        case FieldId::refresh: return rewrite_refresh(exchange, handler, field.value);
        case FieldId::set_cookie: return rewrite_cookie(exchange, handler, field.value);
        default: return field.value;
    }
}

}   // namespace

AccelOrders take_response_head(Exchange& exchange, const ForwardHandler& handler,
                               const http::ResponseHead& head, const http::Framing& framing) {
    AccelOrders orders;
    exchange.response = Response{};
    auto& response = exchange.response;
    response.status = head.status;
    response.reason = head.reason;
    response.from_upstream = true;
    const http::HopByHop hop_by_hop(head.fields);
    for (const auto& field : head.fields) {
        obey_accel(exchange, handler, field, orders);
        if (hop_by_hop.ends_here(field) || handler.hide_headers.contains(field)) continue;
        if (field.id == FieldId::content_type) {
            response.content_type = field.value;
        } else if (field.id == FieldId::content_length) {
            response.length = parse_decimal(field.value);
        } else {
            auto copy = field;
            copy.value = rewritten_value(exchange, handler, field);
            if (field.id == FieldId::location)
                response.location_rewritten = copy.value.data() != field.value.data();
            response.fields.add(exchange.arena(), copy);
        }
        if (field.id == FieldId::last_modified) response.last_modified = http::parse_http_date(field.value);
    }
    if (framing.kind == http::BodyKind::length) response.length = framing.length;
    // A stream of events waits for nobody's buffer (no directive needed).
    if (equals_ignoring_case(http::bare_media_type(response.content_type), "text/event-stream"))
        response.unbuffered = true;
    return orders;
}

}   // namespace gatehouse::exchange
