#include "exchange/filters/forwarded_headers.h"

#include "base/text.h"
#include "exchange/filters/request_facts.h"

#include <algorithm>
#include <array>

namespace gatehouse::exchange {
namespace {

using http::FieldId;

constexpr std::array<std::string_view, 13> managed = {
    "x-forwarded-for",    "x-forwarded-proto",
    "x-forwarded-host",   "x-forwarded-port",
    "x-forwarded-server", "x-forwarded-uri",
    "x-forwarded-method", "x-forwarded-prefix",
    "x-forwarded-scheme", "x-forwarded-tls-client-cert",
    "x-scheme",           "x-forwarded-tls-client-cert-info",
    "x-real-ip",
};

bool is_alike(std::string_view name, std::string_view managed_name) {
    const auto same = [](char a, char b) { return (a == '_' ? '-' : to_lower(a)) == b; };
    return std::ranges::equal(name, managed_name, same);
}

bool is_managed(const http::Field& field) {
    if (to_lower(field.name.empty() ? '-' : field.name.front()) != 'x') return false;
    return std::ranges::any_of(managed, [&](auto name) { return is_alike(field.name, name); });
}

// Connection may not name what is said here: else a client could have it dropped behind us.
void protect_from_connection(Exchange& exchange) {
    const auto value = joined_values(exchange, "connection");
    if (value.empty()) return;
    std::string kept;
    bool dropped = false;
    for (const auto part : split(value, ',')) {
        const auto option = trim(part);
        if (is_managed(http::make_field(option, {}))) {
            dropped = true;
            continue;
        }
        if (!kept.empty()) kept += ", ";
        kept += option;
    }
    if (!dropped) return;
    exchange.request.fields.remove(FieldId::connection);
    if (!kept.empty()) add_field(exchange, "Connection", exchange.keep(kept));
}

std::string_view own_proto(const Exchange& exchange) {
    const bool secure = exchange.client.is_secure();
    if (is_websocket_request(exchange)) return secure ? "wss" : "ws";
    return secure ? "https" : "http";
}

void set_missing(Exchange& exchange, FieldId id, std::string_view value) {
    auto& fields = exchange.request.fields;
    if (!fields.value_of(id).empty() || value.empty()) return;
    fields.remove(id);
    fields.add(exchange.arena(), http::make_field(id, value));
}

}   // namespace

void drop_forwarded_fields(http::Fields& fields) {
    for (std::size_t at = 0; at < fields.size();) {
        const http::Field& field = fields.begin()[at];
        if (is_managed(field)) {
            fields.remove(field.name);
        } else {
            ++at;
        }
    }
}

std::string_view forwarded_port(const Exchange& exchange, std::string_view proto) {
    if (!exchange.host.port_text.empty()) return exchange.host.port_text;
    const bool secure = proto == "https" || proto == "wss" || exchange.client.is_secure();
    return secure ? "443" : "80";
}

Outcome on_request(Exchange& exchange, const model::ForwardedHeaders& settings) {
    auto& fields = exchange.request.fields;
    const auto holds = [&](const auto& network) {
        return network.contains(*exchange.client_address().get());
    };
    const bool trusted = settings.trust_all || std::ranges::any_of(settings.trusted, holds);
    if (!trusted) drop_forwarded_fields(fields);
    set_missing(exchange, FieldId::x_real_ip, exchange.client_ip());
    set_missing(exchange, FieldId::x_forwarded_proto, own_proto(exchange));
    const auto proto = fields.value_of(FieldId::x_forwarded_proto);
    set_missing(exchange, FieldId::x_forwarded_port, forwarded_port(exchange, proto));
    set_missing(exchange, FieldId::x_forwarded_host, host_as_sent(exchange));
    if (fields.count(FieldId::x_forwarded_for) > 1)
        set_field(exchange, "X-Forwarded-For", joined_values(exchange, "X-Forwarded-For"));
    if (!settings.server.empty()) set_field(exchange, "X-Forwarded-Server", settings.server);
    protect_from_connection(exchange);
    return Outcome::go_on();
}

}   // namespace gatehouse::exchange
