#include "exchange/sub_exchange.h"

#include "exchange/handlers/forward.h"

namespace gatehouse::exchange {

SubExchange::SubExchange(Exchange& of, const model::Route& route, std::string_view uri,
                         std::uint64_t limit_bytes)
    : exchange_(of.client) {
    collected_.limit_bytes = limit_bytes;
    exchange_.collected = &collected_;
    exchange_.stream = of.stream;
    exchange_.site = of.site;
    exchange_.route = &route;
    exchange_.host = of.host;
    exchange_.request.line = of.request.line;
    exchange_.target.uri = uri;
    exchange_.uri = uri.substr(0, uri.find('?'));
    exchange_.uri_is_raw = true;
    exchange_.request.method = exchange_.method = http::Method::get;
    exchange_.request.method_text = exchange_.method_text = "GET";
    if (of.has_real_address()) exchange_.set_real_address(of.client_address());
}

loop::Task<bool> SubExchange::ask() {
    const auto& handler = std::get<model::ForwardHandler>(exchange_.route->handler);
    const Outcome outcome = co_await forward(exchange_, handler);
    if (outcome.kind == Outcome::Kind::respond) {
        const auto collected = co_await collect_response(exchange_);
        co_return collected.has_value();
    }
    co_return outcome.kind == Outcome::Kind::done && (collected_.is_whole || collected_.is_too_large);
}

namespace {

loop::Task<Result<>> drop_response(Exchange& exchange) {
    auto* const* source = std::get_if<BodySource*>(&exchange.response.body);
    loop::Share share(loop::bytes_per_turn);
    while (source != nullptr) {
        const auto piece = co_await (*source)->next();
        if (!piece) co_return Failure(piece.error());
        if (piece->empty()) break;
        if (const auto on = co_await share.spend(piece->size()); !on) co_return on;
    }
    exchange.collected->is_whole = true;
    co_return Result<>();
}

}   // namespace

loop::Task<Result<>> collect_response(Exchange& exchange) {
    auto& collected = *exchange.collected;
    if (collected.drops_text) co_return co_await drop_response(exchange);
    if (const auto* text = std::get_if<std::string_view>(&exchange.response.body)) {
        collected.text = text->substr(0, collected.limit_bytes);
        collected.is_too_large = text->size() > collected.limit_bytes;
    }
    auto* const* source = std::get_if<BodySource*>(&exchange.response.body);
    while (source != nullptr) {
        const auto piece = co_await (*source)->next();
        if (!piece) co_return Failure(piece.error());
        if (piece->empty()) break;
        collected.is_too_large = piece->size() > collected.limit_bytes - collected.text.size();
        if (collected.is_too_large) break;
        collected.text += *piece;
    }
    collected.is_whole = !collected.is_too_large;
    co_return Result<>();
}

}   // namespace gatehouse::exchange
