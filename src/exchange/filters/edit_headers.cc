#include "exchange/filters/edit_headers.h"

#include "base/text.h"
#include "exchange/filters/browser_safety.h"
#include "exchange/filters/cors.h"
#include "exchange/filters/request_facts.h"

namespace gatehouse::exchange {
namespace {

void edit_request(Exchange& exchange, const model::NamedValues& edits) {
    for (const auto& [name, value] : edits) {
        if (value.empty()) {
            exchange.request.fields.remove(name);
        } else if (http::field_id(name) == http::FieldId::host) {
            set_host(exchange, value);
        } else {
            set_field(exchange, name, value);
        }
    }
}

}   // namespace

Outcome on_request(Exchange& exchange, const model::EditHeaders& settings) {
    if (settings.cors.is_set() && is_preflight(exchange)) return answer_preflight(exchange, settings.cors);
    edit_request(exchange, settings.request);
    if (settings.safety.is_set) return check_safety(exchange, settings.safety);
    return Outcome::go_on();
}

void on_response(Exchange& exchange, const model::EditHeaders& settings) {
    if (settings.safety.is_set) add_safety_fields(exchange, settings.safety);
    for (const auto& [name, value] : settings.response) {
        if (value.empty()) {
            remove_response_field(exchange, name);
        } else {
            set_response_field(exchange, name, value);
        }
    }
    if (settings.cors.is_set()) add_cors_fields(exchange, settings.cors);
}

}   // namespace gatehouse::exchange
