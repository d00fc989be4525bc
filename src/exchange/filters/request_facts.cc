#include "exchange/filters/request_facts.h"

#include "base/text.h"

#include <algorithm>

namespace gatehouse::exchange {

using http::FieldId;

std::string_view host_as_sent(const Exchange& exchange) {
    const bool is_absolute = exchange.target.form == http::TargetForm::absolute;
    return is_absolute ? exchange.target.authority : exchange.request.fields.value_of(FieldId::host);
}

void set_host(Exchange& exchange, std::string_view host) {
    const auto parsed = http::parse_host(host, exchange.arena());
    if (!parsed) return;
    exchange.host = *parsed;
    exchange.request.fields.remove(FieldId::host);
    exchange.request.fields.add(exchange.arena(), http::make_field(FieldId::host, host));
    // an absolute target would go on naming the host that the client meant
    exchange.target.form = http::TargetForm::origin;
    exchange.target.authority = {};
}

std::string_view encoded_path(Exchange& exchange) {
    auto& arena = exchange.arena();
    if (exchange.uri_is_raw) {
        const auto raw = exchange.raw_uri.empty() ? exchange.target.uri : exchange.raw_uri;
        const auto path = raw.substr(0, raw.find('?'));
        // Not where dot segments or double slashes were resolved: what was matched is what must be passed on.
        if (http::unescape(path, arena) == exchange.uri) return path;
    }
    return http::escape(exchange.uri, http::Escape::uri, arena);
}

std::string_view request_uri(Exchange& exchange) {
    const auto path = encoded_path(exchange);
    return exchange.args.empty() ? path : exchange.arena().concat({path, "?", exchange.args});
}

void set_path(Exchange& exchange, std::string_view encoded) {
    auto& arena = exchange.arena();
    const auto args = exchange.args;
    exchange.set_uri(http::unescape(encoded, arena), args);
    exchange.raw_uri = args.empty() ? encoded : arena.concat({encoded, "?", args});
    exchange.uri_is_raw = true;
}

bool is_clean_path(std::string_view path) {
    if (!path.starts_with('/')) return false;
    path.remove_prefix(1);
    while (true) {
        const auto slash = path.find('/');
        const auto segment = path.substr(0, slash);
        if (segment == "." || segment == "..") return false;
        if (slash == std::string_view::npos) return true;
        if (segment.empty()) return false;
        path.remove_prefix(slash + 1);
    }
}

void add_field(Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.request.fields.add(exchange.arena(), http::make_field(name, value));
}

void set_field(Exchange& exchange, std::string_view name, std::string_view value) {
    exchange.request.fields.remove(name);
    add_field(exchange, name, value);
}

std::string_view joined_values(Exchange& exchange, std::string_view name) {
    std::string_view joined;
    for (const auto& field : exchange.request.fields) {
        if (!equals_ignoring_case(field.name, name)) continue;
        joined = joined.empty() ? field.value : exchange.arena().concat({joined, ", ", field.value});
    }
    return joined;
}

void set_response_field(Exchange& exchange, std::string_view name, std::string_view value) {
    auto& response = exchange.response;
    const auto field = http::make_field(name, value);
    if (field.id == FieldId::content_length || field.id == FieldId::transfer_encoding) return;
    remove_response_field(exchange, name);
    if (field.id == FieldId::content_type) {
        response.content_type = value;
    } else {
        response.fields.add(exchange.arena(), field);
    }
}

void remove_response_field(Exchange& exchange, std::string_view name) {
    auto& response = exchange.response;
    const auto id = http::field_id(name);
    if (id == FieldId::content_type) response.content_type = {};
    if (id == FieldId::last_modified) response.last_modified.reset();
    response.fields.remove(name);
}

void add_vary(Exchange& exchange, std::string_view name) {
    auto& response = exchange.response;
    std::string_view joined;
    for (const auto& field : response.fields) {
        if (field.id != FieldId::vary) continue;
        for (const auto part : split(field.value, ',')) {
            if (trim(part) == "*" || equals_ignoring_case(trim(part), name)) return;
        }
        joined = joined.empty() ? field.value : exchange.arena().concat({joined, ", ", field.value});
    }
    response.fields.remove(FieldId::vary);
    const auto value = joined.empty() ? name : exchange.arena().concat({joined, ", ", name});
    response.fields.add(exchange.arena(), http::make_field(FieldId::vary, value));
}

bool is_websocket_request(const Exchange& exchange) {
    if (exchange.asks_for_tunnel()) return true;
    const auto& fields = exchange.request.fields;
    return contains_ignoring_case(fields.value_of(FieldId::connection), "upgrade") &&
           contains_ignoring_case(fields.value_of(FieldId::upgrade), "websocket");
}

}   // namespace gatehouse::exchange
