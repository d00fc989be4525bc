#include "exchange/filters/redirects.h"

#include "base/text.h"
#include "exchange/filters/request_facts.h"

namespace gatehouse::exchange {
namespace {

using http::FieldId;

Outcome send_to(Exchange& exchange, std::string_view location, bool permanent) {
    const bool is_get = exchange.method == http::Method::get;
    exchange.response = Response{};
    exchange.response.fields.add(exchange.arena(), http::make_field(FieldId::location, location));
    if (permanent) return Outcome::answer(is_get ? 301 : 308);
    return Outcome::answer(is_get ? 302 : 307);
}

bool is_usual_port(std::string_view scheme, std::string_view port) {
    return (scheme == "http" && port == "80") || (scheme == "https" && port == "443");
}

// By which the client came, as far as a trusted proxy in front of this one says so.
std::string_view scheme_of_client(const Exchange& exchange) {
    const auto said = exchange.request.fields.value_of(FieldId::x_forwarded_proto);
    if (equals_ignoring_case(said, "http") || equals_ignoring_case(said, "ws")) return "http";
    if (equals_ignoring_case(said, "https") || equals_ignoring_case(said, "wss")) return "https";
    return exchange.client.is_secure() ? "https" : "http";
}

// What no header line may hold; a client could not have sent it, a replacement may.
bool is_good_location(std::string_view location) {
    for (const char c : location) {
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return false;
    }
    return true;
}

}   // namespace

Outcome on_request(Exchange& exchange, const model::RedirectScheme& settings) {
    auto& arena = exchange.arena();
    const auto host = exchange.host.name;
    const auto uri = request_uri(exchange);
    const auto with_port = [&](std::string_view scheme, std::string_view port) {
        const bool named = !port.empty() && !is_usual_port(scheme, port);
        return arena.concat({scheme, "://", host, named ? ":" : "", named ? port : "", uri});
    };
    const auto from = with_port(scheme_of_client(exchange), exchange.host.port_text);
    const auto to = with_port(settings.scheme, settings.port);
    return from == to ? Outcome::go_on() : send_to(exchange, to, settings.permanent);
}

Outcome on_request(Exchange& exchange, const model::RedirectRegex& settings) {
    const auto scheme = exchange.client.is_secure() ? "https://" : "http://";
    const auto from = exchange.arena().concat({scheme, host_as_sent(exchange), request_uri(exchange)});
    if (!settings.regex->matches(from)) return Outcome::go_on();
    const auto to = exchange.keep(settings.replacement.replace_all(*settings.regex, from));
    if (from == to) return Outcome::go_on();
    if (to.empty() || !is_good_location(to)) {
        exchange.reason = "bad-redirect";
        return Outcome::answer(500);
    }
    return send_to(exchange, to, settings.permanent);
}

}   // namespace gatehouse::exchange
