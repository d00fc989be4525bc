#include "exchange/charset.h"

#include "base/text.h"
#include "http/content_type.h"
#include "http/status.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <utility>

namespace gatehouse::exchange {
namespace {

// A charset as configured: "off" is none.
std::string_view name_of(Exchange& exchange, std::string_view constant, const model::Template& variable) {
    const auto name = variable.empty() ? constant : exchange.render(variable);
    return name == "off" ? std::string_view() : name;
}

// Mostly none is: then nothing needs to be known of the response.
bool is_configured(const model::Route& route) {
    return !route.charset_variable.empty() || !(route.charset.empty() || route.charset == "off");
}

// RFC 9110 8.3: a charset belongs to the types listed, where none is named yet; override_charset may replace
// one.
bool wants_charset(const model::Route& route, std::string_view content_type) {
    if (content_type.empty() || route.charset_types == nullptr) return false;
    if (!http::charset_of(content_type).empty()) return route.override_charset;
    const auto type = http::bare_media_type(content_type);
    return route.charset_types->all || route.charset_types->types.contains(lower(type));
}

void announce(Exchange& exchange, std::string_view charset) {
    auto& response = exchange.response;
    if (response.status == 301 || response.status == 302) return;   // as nginx: it is not the target's
    const auto type = http::charset_of(response.content_type).empty()
                          ? response.content_type
                          : http::bare_media_type(response.content_type);
    response.content_type = http::with_charset(type, charset, exchange.arena());
}

}   // namespace

void settle_charset(Exchange& exchange) {
    auto& response = exchange.response;
    if (std::exchange(response.charset_settled, true)) return;
    const auto& route = *exchange.route;
    if (!is_configured(route) || !wants_charset(route, response.content_type)) return;
    const auto to = name_of(exchange, route.charset, route.charset_variable);
    if (to.empty()) return;
    const auto named = http::charset_of(response.content_type);
    const auto from =
        named.empty() ? name_of(exchange, route.source_charset, route.source_charset_variable) : named;
    if (from.empty() || equals_ignoring_case(from, to)) {
        announce(exchange, to);
        return;
    }
    if (response.fields.contains(http::FieldId::content_encoding)) return;   // no text to convert
    const auto* table = find_charset_table(exchange.publication->snapshot->model.charset_maps, from, to);
    if (table == nullptr) {
        log::write_error(log::LogLevel::error, route.error_logs, exchange.client.number,
                         fmt::format("no \"charset_map\" between the charsets \"{}\" and \"{}\"", from, to));
        return;
    }
    announce(exchange, to);
    response.recoding = table;
    if (!table->keeps_length()) response.length.reset();
}

}   // namespace gatehouse::exchange
