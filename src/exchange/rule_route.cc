#include "exchange/rule_route.h"

#include "exchange/error_page.h"

namespace gatehouse::exchange {
namespace {

// A literal address stands in brackets in Host, but not in a rule.
std::string_view without_brackets(std::string_view host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

// As the client sent it; after a rewrite or an internal redirect, as it could have sent it.
std::string_view uri_of(Exchange& exchange) {
    if (exchange.uri_is_raw || exchange.target.form == http::TargetForm::asterisk) return exchange.target.uri;
    auto& arena = exchange.arena();
    const auto path = http::escape(exchange.uri, http::Escape::uri, arena);
    return exchange.args.empty() ? path : arena.concat({path, "?", exchange.args});
}

}   // namespace

const model::Route* find_rule_route(Exchange& exchange) {
    const auto& rules = *exchange.site->rules;
    model::RuleFacts facts(exchange.arena());
    facts.host = without_brackets(exchange.host.name);
    facts.uri = uri_of(exchange);
    facts.method = exchange.request.method_text;
    facts.fields = &exchange.request.fields;
    if (rules.matcher->asks_for_client()) facts.client = exchange.client_address().get();
    const auto* found = rules.matcher->match(facts);
    return found == nullptr ? nullptr : rules.routes[found->value].get();
}

Outcome answer_no_route(Exchange& exchange) {
    exchange.reason = "no-route";
    if (is_grpc_call(exchange)) return Outcome::answer(404);
    constexpr std::string_view text = "404 page not found\n";
    exchange.response = Response{};
    auto& response = exchange.response;
    response.status = 404;
    response.body = text;
    response.length = text.size();
    response.content_type = "text/plain; charset=utf-8";
    response.charset_settled = true;
    response.fields.add(exchange.arena(), http::make_field("X-Content-Type-Options", "nosniff"));
    return Outcome::respond();
}

}   // namespace gatehouse::exchange
