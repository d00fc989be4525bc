#include "exchange/handlers/sticky.h"

#include "http/cookie.h"

namespace gatehouse::exchange {

std::string_view sticky_wish(const Exchange& exchange, const model::Service& service) {
    if (!service.sticky) return {};
    return http::find_cookie(exchange.request.fields, service.sticky->name).value_or(std::string_view());
}

void stick(Exchange& exchange, const model::Service& service, const model::Endpoint& endpoint) {
    if (!service.sticky) return;
    const auto value = model::sticky_value(*service.sticky, endpoint.text);
    if (sticky_wish(exchange, service) == value) return;
    exchange.response.fields.add(
        exchange.arena(), http::make_field(http::FieldId::set_cookie,
                                           exchange.keep(model::set_sticky_cookie(*service.sticky, value))));
}

}   // namespace gatehouse::exchange
