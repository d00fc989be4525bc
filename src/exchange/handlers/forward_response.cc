#include "exchange/handlers/forward_response.h"

#include "base/text.h"
#include "exchange/handlers/rewritten_fields.h"
#include "http/content_type.h"
#include "http/date.h"
#include "http/framing.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using model::ForwardHandler;

// What a response says once: of several, the first counts (nginx's list).
bool is_said_again(http::FieldSet& said, FieldId id) {
    switch (id) {
        case FieldId::content_type:
        case FieldId::date:
        case FieldId::etag:
        case FieldId::expires:
        case FieldId::last_modified:
        case FieldId::location:
        case FieldId::refresh:
        case FieldId::server:
        case FieldId::x_accel_buffering:
        case FieldId::x_accel_charset:
        case FieldId::x_accel_expires:
        case FieldId::x_accel_limit_rate:
        case FieldId::x_accel_redirect: break;
        default: return false;
    }
    if (said.contains(id)) return true;
    said.add(id);
    return false;
}

void obey_accel(Exchange& exchange, const ForwardHandler& handler, const http::Field& field,
                AccelOrders& orders) {
    const bool is_order = field.id == FieldId::x_accel_redirect || field.id == FieldId::x_accel_buffering ||
                          field.id == FieldId::x_accel_limit_rate;
    if (!is_order) return;
    auto& response = exchange.response;
    if (!handler.ignore_headers.empty() && handler.ignore_headers.contains(lower(field.name))) return;
    if (field.id == FieldId::x_accel_redirect) orders.redirect = field.value;
    if (field.id == FieldId::x_accel_buffering) {
        response.unbuffered = equals_ignoring_case(field.value, "no");
        response.buffered = equals_ignoring_case(field.value, "yes");
    }
    if (field.id == FieldId::x_accel_limit_rate) {   // as in nginx it outlives an X-Accel-Redirect
        if (const auto rate = parse_decimal(field.value)) exchange.limit_rate = *rate;
    }
}

bool is_event_stream(std::string_view content_type) {
    constexpr std::string_view type = "text/event-stream";
    return content_type.size() >= type.size() &&
           equals_ignoring_case(http::bare_media_type(content_type), type);
}

}   // namespace

AccelOrders take_response_head(Exchange& exchange, const ForwardHandler& handler,
                               const http::ResponseHead& head, const http::Framing& framing) {
    AccelOrders orders;
    exchange.response = Response{};
    auto& response = exchange.response;
    response.status = head.status;
    response.reason = head.reason;
    response.from_upstream = true;
    const http::HopByHop hop_by_hop(head.fields);
    http::FieldSet said;
    for (const auto& field : head.fields) {
        if (is_said_again(said, field.id)) continue;
        obey_accel(exchange, handler, field, orders);
        if (hop_by_hop.ends_here(field) || handler.hide_headers.contains(field)) continue;
        if (field.id == FieldId::content_type) {
            response.content_type = field.value;
        } else if (field.id == FieldId::content_length) {
            if (framing.kind != http::BodyKind::length) response.length = parse_decimal(field.value);
        } else {
            auto copy = field;
            copy.value = rewritten_value(exchange, handler, field);
            if (field.id == FieldId::location)
                response.location_rewritten = copy.value.data() != field.value.data();
            response.fields.add(exchange.arena(), copy);
        }
        if (field.id == FieldId::last_modified) response.last_modified = http::parse_http_date(field.value);
    }
    if (framing.kind == http::BodyKind::length) response.length = framing.length;
    // A stream of events waits for nobody's buffer (no directive needed).
    if (is_event_stream(response.content_type) && !response.buffered) response.unbuffered = true;
    return orders;
}

}   // namespace gatehouse::exchange
