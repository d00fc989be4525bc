#include "exchange/filters/paths.h"

#include "base/text.h"
#include "exchange/filters/request_facts.h"
#include "http/routing_path.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

Outcome refuse_path(Exchange& exchange) {
    exchange.reason = "unclean-path";
    return Outcome::answer(400);
}

// How much of the encoded path the first `bytes` of the decoded one are.
std::size_t encoded_bytes(std::string_view encoded, std::size_t bytes) {
    std::size_t at = 0;
    for (; bytes > 0 && at < encoded.size(); --bytes) at += encoded[at] == '%' ? 3 : 1;
    return std::min(at, encoded.size());
}

Outcome strip(Exchange& exchange, std::string_view prefix, bool force_slash) {
    auto& arena = exchange.arena();
    const auto encoded = encoded_path(exchange);
    auto rest = encoded.substr(encoded_bytes(encoded, prefix.size()));
    if (force_slash && rest.starts_with('/')) rest.remove_prefix(1);
    const bool has_slash = !force_slash && rest.starts_with('/');
    const auto stripped = has_slash ? rest : arena.concat({"/", rest});
    if (!is_clean_path(http::unescape(stripped, arena))) return refuse_path(exchange);
    add_field(exchange, "X-Forwarded-Prefix", exchange.keep(prefix));
    set_path(exchange, stripped);
    return Outcome::go_on();
}

bool may_stay(std::string_view path, std::size_t at) {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@[]/";
    const char c = path[at];
    if (is_alpha(c) || is_digit(c)) return true;
    if (c != '%') return marks.find(c) != std::string_view::npos;
    return at + 2 < path.size() && hex_value(path[at + 1]) >= 0 && hex_value(path[at + 2]) >= 0;
}

// A path from the configuration, or one it made of the client's. What no path may hold is encoded.
void take_replacement(Exchange& exchange, std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    if (!path.starts_with('/')) encoded = "/";
    for (std::size_t at = 0; at < path.size(); ++at) {
        if (may_stay(path, at)) {
            encoded += path[at];
            continue;
        }
        const auto byte = static_cast<unsigned char>(path[at]);
        encoded += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
    add_field(exchange, "X-Replaced-Path", encoded_path(exchange));
    set_path(exchange, exchange.keep(encoded));
}

}   // namespace

Outcome on_request(Exchange& exchange, const model::CleanPath& /*settings*/) {
    const auto raw = exchange.raw_uri.empty() ? exchange.target.uri : exchange.raw_uri;
    auto& arena = exchange.arena();
    if (!exchange.uri_is_raw) {
        set_path(exchange, encoded_path(exchange));
        return Outcome::go_on();
    }
    const auto path = raw.substr(0, raw.find('?'));
    if (!path.starts_with('/')) return Outcome::go_on();
    // What the rules compared is passed on: in it %2F separates nothing, so that "/a%2F..%2Fb" is not "/b",
    // which may be another router's.
    const auto cleaned = http::routing_path(path, arena);
    const auto decoded = http::unescape(path, arena);
    if (decoded != exchange.uri || decoded != http::unescape(cleaned, arena)) set_path(exchange, cleaned);
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::StripPrefix& settings) {
    for (const auto& prefix : settings.prefixes) {
        if (exchange.uri.starts_with(prefix)) return strip(exchange, prefix, settings.force_slash);
    }
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::StripPrefixRegex& settings) {
    for (const auto& expression : settings.expressions) {
        const auto found = expression->find(exchange.uri);
        if (found && !found->empty() && found->data() == exchange.uri.data())
            return strip(exchange, *found, false);
    }
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::AddPrefix& settings) {
    auto& arena = exchange.arena();
    const auto prefix = http::escape(settings.prefix, http::Escape::uri, arena);
    const auto slash = prefix.starts_with('/') ? "" : "/";
    set_path(exchange, arena.concat({slash, prefix, encoded_path(exchange)}));
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::ReplacePath& settings) {
    take_replacement(exchange, settings.path);
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::ReplacePathRegex& settings) {
    const auto path = encoded_path(exchange);
    if (!settings.regex->matches(path)) return Outcome::go_on();
    take_replacement(exchange, settings.regex->replace_all(path, settings.replacement));
    return is_clean_path(exchange.uri) ? Outcome::go_on() : refuse_path(exchange);
}

}   // namespace gatehouse::exchange
