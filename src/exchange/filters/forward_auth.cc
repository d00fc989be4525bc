#include "exchange/filters/forward_auth.h"

#include "base/text.h"
#include "exchange/filters/filter_run.h"
#include "exchange/filters/forwarded_headers.h"
#include "exchange/filters/request_facts.h"
#include "exchange/handlers/stored_body.h"
#include "exchange/sub_exchange.h"
#include "http/framing.h"
#include "http/status.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using loop::Task;

bool is_among(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const auto& other) { return equals_ignoring_case(other, name); });
}

// The request as it is told to who decides.
void describe_request(Exchange& exchange, const model::ForwardAuth& settings, Exchange& asked) {
    auto& arena = asked.arena();
    auto& fields = asked.request.fields;
    const http::HopByHop hop_by_hop(exchange.request.fields);
    for (const auto& field : exchange.request.fields) {
        if (hop_by_hop.ends_here(field) || field.id == FieldId::expect) continue;
        if (!settings.request_headers.empty() && !is_among(settings.request_headers, field.name)) continue;
        fields.add(arena, field);
    }
    if (!settings.trust_forwarded) drop_forwarded_fields(fields);
    const auto prior = joined_values(asked, "X-Forwarded-For");
    const auto client = exchange.client_ip();
    set_field(asked, "X-Forwarded-For", prior.empty() ? client : arena.concat({prior, ", ", client}));
    const auto set_missing = [&](std::string_view name, std::string_view value) {
        if (fields.find(name) == nullptr && !value.empty()) add_field(asked, name, value);
    };
    set_missing("X-Forwarded-Method", exchange.method_text);
    set_missing("X-Forwarded-Proto", exchange.client.is_secure() ? "https" : "http");
    set_missing("X-Forwarded-Port", forwarded_port(exchange, fields.value_of(FieldId::x_forwarded_proto)));
    set_missing("X-Forwarded-Host", host_as_sent(exchange));
    set_missing("X-Forwarded-Uri", request_uri(exchange));
    if (!settings.preserve_method) return;
    asked.request.method = asked.method = exchange.method;
    asked.request.method_text = asked.method_text = exchange.method_text;
}

// All of the client's body, kept for the service as well. An outcome: it cannot be had.
Task<Outcome> take_body(Exchange& exchange, const model::ForwardAuth& settings, std::string& text) {
    if (exchange.stored_body == nullptr) exchange.stored_body = std::make_unique<StoredBody>(exchange);
    auto& stored = *exchange.stored_body;
    const auto most = settings.max_body_bytes.value_or(~std::uint64_t{0});
    const auto& framing = exchange.body.framing();
    const bool is_too_large = framing.kind == http::BodyKind::length && framing.length > most;
    if (!is_too_large && !stored.is_whole()) {
        const auto read = co_await stored.read_whole();
        if (!read) co_return Outcome::answer(read.error().code == ErrorCode::too_large ? 413 : 400);
    }
    if (is_too_large || stored.bytes() > most) {
        exchange.reason = "auth-body-limit";
        co_return Outcome::answer(401);
    }
    Buffer piece;
    while (stored.in_file()) {
        const auto got = stored.read_file(text.size(), piece);
        if (!got) co_return Outcome::answer(500);
        if (*got == 0) break;
        text += piece.view();
        piece.clear();
    }
    text += stored.in_memory();
    co_return Outcome::go_on();
}

// Fields that only who decides may say: none of the client's own of these names goes on.
void take_fields(Exchange& exchange, const model::ForwardAuth& settings, const http::Fields& answered) {
    const auto is_taken = [&](std::string_view name) {
        return is_among(settings.response_headers, name) ||
               (settings.response_headers_pattern != nullptr &&
                settings.response_headers_pattern->matches(name));
    };
    auto& fields = exchange.request.fields;
    for (const auto& name : settings.response_headers) fields.remove(name);
    for (std::size_t at = 0; at < fields.size();) {
        const auto& field = fields.begin()[at];
        if (is_taken(field.name)) {
            fields.remove(field.name);
        } else {
            ++at;
        }
    }
    for (const auto& field : answered) {
        if (is_taken(field.name)) add_field(exchange, exchange.keep(field.name), exchange.keep(field.value));
    }
}

std::string_view cookie_name(std::string_view set_cookie) {
    return trim(set_cookie.substr(0, set_cookie.find_first_of("=;")));
}

void keep_cookies(Exchange& exchange, const model::ForwardAuth& settings, const http::Fields& answered) {
    for (const auto& field : answered) {
        if (field.id != FieldId::set_cookie || !is_among(settings.cookies, cookie_name(field.value)))
            continue;
        exchange.filter_run->cookies.add(exchange.arena(),
                                         http::make_field(FieldId::set_cookie, exchange.keep(field.value)));
    }
}

Outcome pass_on_answer(Exchange& exchange, const model::ForwardAuth& settings, SubExchange& asked) {
    auto& arena = exchange.arena();
    const auto& answered = asked.exchange().response;
    Response response;
    response.status = answered.status;
    response.content_type = arena.copy(answered.content_type);
    for (const auto& field : answered.fields) {
        auto value = arena.copy(field.value);
        const bool is_relative =
            field.id == FieldId::location && value.starts_with('/') && !value.starts_with("//");
        if (is_relative && !settings.preserve_location) value = arena.concat({settings.base, value});
        response.fields.add(arena, http::make_field(arena.copy(field.name), value));
    }
    auto& text = exchange.filter_run->hold_text();
    text = std::move(asked.collected().text);
    response.body = std::string_view(text);
    response.length = text.size();
    response.charset_settled = true;
    exchange.response = std::move(response);
    exchange.reason = "auth-refused";
    return Outcome::respond();
}

Outcome judge_answer(Exchange& exchange, const model::ForwardAuth& settings, SubExchange& asked) {
    const auto& answered = asked.exchange().response;
    if (asked.collected().is_too_large) {
        exchange.reason = "auth-response-limit";
        return Outcome::answer(401);
    }
    if (!settings.user_field.empty()) {
        const auto* user = answered.fields.find(settings.user_field);
        if (user != nullptr) exchange.user = exchange.keep(user->value);
    }
    if (!http::is_success(answered.status)) return pass_on_answer(exchange, settings, asked);
    take_fields(exchange, settings, answered.fields);
    keep_cookies(exchange, settings, answered.fields);
    return Outcome::go_on();
}

}   // namespace

Task<Outcome> on_request(Exchange& exchange, const model::ForwardAuth& settings) {
    SubExchange asked(exchange, *settings.route, settings.uri, settings.max_response_bytes);
    describe_request(exchange, settings, asked.exchange());
    if (settings.forward_body && exchange.body.announced() && !exchange.asks_for_tunnel()) {
        auto& text = asked.collected().request_body.emplace();
        const Outcome taken = co_await take_body(exchange, settings, text);
        if (taken.kind != Outcome::Kind::go_on) co_return taken;
    }
    const bool answered = co_await asked.ask();
    if (answered) co_return judge_answer(exchange, settings, asked);
    if (exchange.client_is_gone()) {
        exchange.reason = "client-closed";
        exchange.response.status = 499;
        co_return Outcome::close();
    }
    exchange.reason = "auth-unreachable";
    co_return Outcome::answer(500);
}

void on_response(Exchange& exchange, const model::ForwardAuth& settings) {
    const auto& kept = exchange.filter_run->cookies;
    if (kept.empty()) return;
    http::Fields fields;
    auto& arena = exchange.arena();
    for (const auto& field : exchange.response.fields) {
        const bool is_replaced =
            field.id == FieldId::set_cookie && is_among(settings.cookies, cookie_name(field.value));
        if (!is_replaced) fields.add(arena, field);
    }
    for (const auto& field : kept) {
        if (is_among(settings.cookies, cookie_name(field.value))) fields.add(arena, field);
    }
    exchange.response.fields = std::move(fields);
}

}   // namespace gatehouse::exchange
