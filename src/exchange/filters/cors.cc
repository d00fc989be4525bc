#include "exchange/filters/cors.h"

#include "base/text.h"
#include "exchange/filters/request_facts.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

bool holds_star(const std::vector<std::string>& names) {
    return std::ranges::find(names, "*") != names.end();
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ",")); }

// What Access-Control-Allow-Origin says to this one; "": nothing. Credentials want their origin by name.
std::string_view allowed_origin(std::string_view origin, const model::Cors& settings) {
    for (const auto& allowed : settings.origins) {
        if (allowed == origin) return allowed;
        if (allowed == "*") return settings.credentials ? origin : std::string_view("*");
    }
    const auto fits = [&](const auto& pattern) { return pattern->matches(origin); };
    return std::ranges::any_of(settings.origin_patterns, fits) ? origin : std::string_view();
}

// "*" means nothing beside credentials: what was asked for is named instead.
std::string_view allowed_names(Exchange& exchange, const std::vector<std::string>& names, bool credentials,
                               std::string_view asked) {
    if (credentials && holds_star(names)) return asked;
    return exchange.keep(joined(names));
}

void set_unless_empty(Exchange& exchange, std::string_view name, std::string_view value) {
    if (!value.empty()) set_response_field(exchange, name, value);
}

void add_exposed(Exchange& exchange, const model::Cors& settings) {
    if (settings.credentials && holds_star(settings.expose_headers)) return;
    set_unless_empty(exchange, "Access-Control-Expose-Headers",
                     exchange.keep(joined(settings.expose_headers)));
}

}   // namespace

bool is_preflight(const Exchange& exchange) {
    const auto& fields = exchange.request.fields;
    return exchange.method == http::Method::options && !fields.value_of(FieldId::origin).empty() &&
           fields.find("Access-Control-Request-Method") != nullptr;
}

Outcome answer_preflight(Exchange& exchange, const model::Cors& settings) {
    const auto value_of = [&](std::string_view name) {
        const auto* field = exchange.request.fields.find(name);
        return field == nullptr ? std::string_view() : field->value;
    };
    exchange.response = Response{};
    exchange.response.length = 0;
    if (settings.credentials) set_response_field(exchange, "Access-Control-Allow-Credentials", "true");
    set_unless_empty(exchange, "Access-Control-Allow-Headers",
                     allowed_names(exchange, settings.headers, settings.credentials,
                                   value_of("Access-Control-Request-Headers")));
    set_unless_empty(exchange, "Access-Control-Allow-Methods",
                     allowed_names(exchange, settings.methods, settings.credentials,
                                   value_of("Access-Control-Request-Method")));
    set_unless_empty(exchange, "Access-Control-Allow-Origin",
                     allowed_origin(exchange.request.fields.value_of(FieldId::origin), settings));
    if (settings.max_age)
        set_response_field(exchange, "Access-Control-Max-Age",
                           exchange.keep(fmt::format("{}", *settings.max_age)));
    add_exposed(exchange, settings);
    return Outcome::respond();
}

void add_cors_fields(Exchange& exchange, const model::Cors& settings) {
    set_unless_empty(exchange, "Access-Control-Allow-Origin",
                     allowed_origin(exchange.request.fields.value_of(FieldId::origin), settings));
    if (settings.credentials) set_response_field(exchange, "Access-Control-Allow-Credentials", "true");
    add_exposed(exchange, settings);
    if (settings.add_vary) add_vary(exchange, "Origin");
}

}   // namespace gatehouse::exchange
