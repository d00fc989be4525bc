#include "exchange/filters/retry.h"

#include "exchange/error_page.h"
#include "exchange/filters/filter_run.h"

#include <algorithm>

namespace gatehouse::exchange {

Outcome on_request(Exchange& exchange, const model::Retry& settings) {
    exchange.filter_run->retry = &settings;
    return Outcome::go_on();
}

Outcome on_request(Exchange& exchange, const model::BodyLimits& settings) {
    exchange.filter_run->wants_whole_body = true;
    if (!settings.request_bytes) return Outcome::go_on();
    auto limits = exchange.body.settings();
    limits.limit_bytes =
        std::min(limits.limit_bytes.value_or(*settings.request_bytes), *settings.request_bytes);
    exchange.body.configure(limits);
    if (!exchange.body.exceeds_limit()) return Outcome::go_on();
    exchange.reason = "request-body-limit";
    return Outcome::answer(413);
}

void on_response(Exchange& exchange, const model::BodyLimits& settings) {
    const auto& response = exchange.response;
    if (!settings.response_bytes || response.length.value_or(0) <= *settings.response_bytes) return;
    exchange.reason = "response-body-limit";
    make_status_response(exchange, 500);
}

}   // namespace gatehouse::exchange
