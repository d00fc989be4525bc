#include "tests/unit/exchange/filters/filtered.h"

#include "base/text.h"
#include "exchange/error_page.h"
#include "exchange/handlers/forward_request.h"

#include <fmt/format.h>

namespace gatehouse::exchange {

namespace {

loop::Task<void> rest(loop::Duration time, bool& rested) {
    rested = (co_await loop::sleep(time)).has_value();
}

}   // namespace

void let_pass(ExchangeWorld& world, loop::Duration time) {
    bool rested = false;
    loop::Scope scope(world.worker().loop);
    scope.spawn(rest(time, rested));
    EXPECT_TRUE(world.run_until([&] { return scope.empty(); }));
    EXPECT_TRUE(rested);
}

Filtered::Filtered(ExchangeWorld& world, Exchange& of, std::vector<FilterSettings> filters)
    : exchange(of),
      world_(world),
      route_(std::make_shared<model::Route>(*of.route)),
      scope_(world.worker().loop) {
    for (auto& settings : filters) {
        model::Filter filter{.name = "test", .origin = {}, .always = false, .settings = std::move(settings)};
        route_->filters.push_back(std::make_shared<const model::Filter>(std::move(filter)));
    }
    route_->absolute_redirect = false;
    exchange.route = route_.get();
}

Filtered::~Filtered() { EXPECT_TRUE(scope_.empty()); }

loop::Task<void> Filtered::run(Filtered& self) {
    self.outcome_ = co_await run_request_filters(self.exchange);
    self.done_ = true;
}

int Filtered::enter() {
    done_ = false;
    scope_.spawn(run(*this));
    EXPECT_TRUE(world_.run_until([&] { return done_ && scope_.empty(); }));
    switch (outcome_.kind) {
        case Outcome::Kind::go_on: return 0;
        case Outcome::Kind::respond: return exchange.response.status;
        case Outcome::Kind::status: make_status_response(exchange, outcome_.status); return outcome_.status;
        default: ADD_FAILURE() << "an outcome no filter may have"; return -1;
    }
}

std::string Filtered::answer() {
    run_response_steps(exchange);
    auto out = fmt::format("{}", exchange.response.status);
    for (const auto& item : exchange.response.fields) out += fmt::format("|{}: {}", item.name, item.value);
    return out;
}

std::string Filtered::field(std::string_view name) const {
    std::string out = "-";
    for (const auto& item : exchange.request.fields) {
        if (!equals_ignoring_case(item.name, name)) continue;
        out = out == "-" ? std::string(item.value) : out + ", " + std::string(item.value);
    }
    return out;
}

std::string Filtered::forwarded_uri() const {
    return std::string(forward_uri(exchange, ExchangeWorld::forward_of(exchange), {}));
}

}   // namespace gatehouse::exchange
