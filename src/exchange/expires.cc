#include "exchange/expires.h"

#include "base/text.h"
#include "exchange/response_head.h"
#include "exchange/worker_state.h"
#include "http/date.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using http::FieldId;
using model::Expires;

// The value of `expires $variable`: off, epoch, max, a time, "@time" of day; anything else turns it off
// (nginx).
Expires parse(std::string_view text) {
    Expires rule;
    if (text == "epoch") rule.kind = Expires::Kind::epoch;
    if (text == "max") rule.kind = Expires::Kind::max;
    if (rule.kind != Expires::Kind::off || text.empty() || text == "off") return rule;
    const bool daily = text.front() == '@';
    const bool negative = text.front() == '-';
    if (daily || negative || text.front() == '+') text.remove_prefix(1);
    const auto time = parse_duration(text);
    if (!time) return rule;
    rule.kind = daily ? Expires::Kind::daily : Expires::Kind::access;
    rule.offset = std::chrono::duration_cast<std::chrono::seconds>(*time) * (negative ? -1 : 1);
    return rule;
}

std::time_t next_daily(std::time_t now, std::chrono::seconds of_day) {
    std::tm local{};
    localtime_r(&now, &local);
    local.tm_hour = local.tm_min = 0;
    local.tm_sec = static_cast<int>(of_day.count());
    const auto today = std::mktime(&local);
    if (today > now) return today;
    ++local.tm_mday;
    return std::mktime(&local);
}

void set(Exchange& exchange, std::string_view expires, std::string_view cache_control) {
    auto& fields = exchange.response.fields;
    fields.remove(FieldId::expires);
    fields.remove(FieldId::cache_control);
    fields.add(exchange.arena(), http::make_field(FieldId::expires, expires));
    fields.add(exchange.arena(), http::make_field(FieldId::cache_control, cache_control));
}

}   // namespace

void apply_expires(Exchange& exchange) {
    const Expires& configured = exchange.route->expires;
    const bool is_off = configured.kind == Expires::Kind::off && configured.variable.empty();
    if (is_off || !takes_added_fields(exchange.response.status)) return;
    Expires rule = configured.variable.empty() ? configured : parse(exchange.render(configured.variable));
    if (configured.kind == Expires::Kind::modified && !configured.variable.empty()) {
        if (rule.kind != Expires::Kind::access) return;   // only a time can be added
        rule.kind = Expires::Kind::modified;
    }
    if (rule.kind == Expires::Kind::off) return;
    if (rule.kind == Expires::Kind::epoch) return set(exchange, "Thu, 01 Jan 1970 00:00:01 GMT", "no-cache");
    if (rule.kind == Expires::Kind::max)
        return set(exchange, "Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000");
    const std::time_t now = exchange.client.worker.unix_time();
    std::time_t until = now + rule.offset.count();
    if (rule.kind == Expires::Kind::modified && exchange.response.last_modified) {
        until = *exchange.response.last_modified + rule.offset.count();
    }
    if (rule.kind == Expires::Kind::daily) until = next_daily(now, rule.offset);
    const auto text = exchange.arena().allocate_text(http::http_date_bytes);
    const auto date = http::format_http_date(until, text.first<http::http_date_bytes>());
    const auto age = until - now;
    set(exchange, date, age < 0 ? "no-cache" : exchange.keep(fmt::format("max-age={}", age)));
}

}   // namespace gatehouse::exchange
