#include "exchange/filters/authenticated.h"

#include "exchange/filters/request_facts.h"

#include <algorithm>

namespace gatehouse::exchange {

void authenticated(Exchange& exchange, std::string_view user, std::string_view header_field, bool remove) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    exchange.user = exchange.keep(user);
    if (!header_field.empty()) {
        exchange.request.fields.remove(header_field);   // a client may not say it of itself
        if (std::ranges::none_of(user, is_control)) add_field(exchange, header_field, *exchange.user);
    }
    if (remove) exchange.request.fields.remove(http::FieldId::authorization);
}

}   // namespace gatehouse::exchange
