#include "exchange/filters/filter_run.h"

#include "exchange/filters/address_limits.h"
#include "exchange/filters/basic_auth.h"
#include "exchange/filters/circuit_breaker.h"
#include "exchange/filters/client_certificate.h"
#include "exchange/filters/compress.h"
#include "exchange/filters/digest_auth.h"
#include "exchange/filters/edit_headers.h"
#include "exchange/filters/error_service.h"
#include "exchange/filters/forward_auth.h"
#include "exchange/filters/forwarded_headers.h"
#include "exchange/filters/paths.h"
#include "exchange/filters/redirects.h"
#include "exchange/filters/retry.h"

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using loop::Task;

Task<Outcome> enter(Exchange& exchange, const model::Filter& filter) {
    return std::visit([&](const auto& settings) -> Task<Outcome> { return on_request(exchange, settings); },
                      filter.settings);
}

void leave(Exchange& exchange, const model::Filter& filter) {
    std::visit(
        [&](const auto& settings) {
            if constexpr (requires { on_response(exchange, settings); }) on_response(exchange, settings);
        },
        filter.settings);
}

}   // namespace

FilterRun::~FilterRun() = default;

Task<Outcome> run_request_filters(Exchange& exchange) {
    if (exchange.filter_run == nullptr) exchange.filter_run = std::make_unique<FilterRun>();
    const auto& filters = exchange.route->filters;
    auto& entered = exchange.filter_run->entered_;
    entered.reserve(entered.size() + filters.size());
    for (const auto& filter : filters) {
        const Outcome outcome = co_await enter(exchange, *filter);
        // who answers has no further say in that answer
        if (outcome.kind != Outcome::Kind::go_on) co_return outcome;
        entered.push_back(filter.get());
    }
    co_return Outcome::go_on();
}

void run_response_filters(Exchange& exchange) {
    if (exchange.filter_run == nullptr) exchange.filter_run = std::make_unique<FilterRun>();
    auto& entered = exchange.filter_run->entered_;
    for (auto filter = entered.rbegin(); filter != entered.rend(); ++filter) leave(exchange, **filter);
    for (const auto& filter : exchange.route->filters) {
        const bool is_left = std::ranges::find(entered, filter.get()) != entered.end();
        if (filter->always && !is_left) leave(exchange, *filter);
    }
}

void leave_filters(Exchange& exchange) { exchange.filter_run->entered_.clear(); }

void end_filters(Exchange& exchange) {
    for (const auto& end : exchange.filter_run->ends_) end->answered(exchange);
}

}   // namespace gatehouse::exchange
