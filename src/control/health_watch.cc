#include "control/health_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::control {

struct HealthChecks::Check {
    std::string service;
    std::shared_ptr<const model::HealthCheck> health;
    std::shared_ptr<model::ServiceState> state;
    std::shared_ptr<model::Endpoint> endpoint;
    loop::Event gone;   // it is no endpoint of the service any more
};

namespace {

bool is_out(const model::Endpoint& endpoint) {
    return endpoint.server.down || endpoint.is_out.load(std::memory_order_relaxed);
}

bool are_all_out(const model::EndpointSet& endpoints) {
    const auto all = [](const auto& some) {
        return std::ranges::all_of(some, [](const auto& endpoint) { return is_out(*endpoint); });
    };
    return all(endpoints.primary) && all(endpoints.backup);
}

}   // namespace

loop::Task<void> HealthChecks::close() { co_await scope_.close(); }

loop::Task<void> HealthChecks::keep_checking(std::shared_ptr<Check> check) {
    const auto& health = *check->health;
    const auto lead = std::min<loop::Duration>(health.interval, longest_lead);
    loop::Duration pause = up_to(lead);
    while (true) {
        loop::Event::Wait gone = check->gone.wait(pause);
        const Result<> waited = co_await gone;
        if (waited || waited.error().code == ErrorCode::canceled) co_return;
        const auto begun = loop_.now();
        const Diagnosis diagnosis = co_await probe_in_turn(*check);
        if ((co_await loop::this_strand()).canceled() || check->gone.is_set()) co_return;
        if (diagnosis.is_known) take(*check, diagnosis.trouble);
        const bool is_out_now = is_out(*check->endpoint);
        const loop::Duration interval = !is_out_now ? health.interval : health.unhealthy_interval;
        // a little less, by chance: endpoints that began together do not stay together
        const loop::Duration until_next = begun + interval - loop_.now() - up_to(interval / 20);
        pause = std::max<loop::Duration>(until_next, std::chrono::milliseconds(1));
    }
}

loop::Duration HealthChecks::up_to(loop::Duration most) {
    const auto chance = random_.below(static_cast<std::uint64_t>(most.count()) + 1);
    return loop::Duration(static_cast<loop::Duration::rep>(chance));
}

loop::Task<Diagnosis> HealthChecks::probe_in_turn(const Check& check) {
    while (under_way_ >= most_at_once) {
        loop::Event::Wait turn = ended_.wait();
        const Result<> waited = co_await turn;
        if (!waited) co_return Diagnosis{};   // closing
    }
    ++under_way_;
    Diagnosis diagnosis = co_await probe_endpoint(loop_, names_, check.health, check.endpoint);
    --under_way_;
    ended_.notify_one();
    co_return diagnosis;
}

void HealthChecks::take(const Check& check, const std::string& trouble) {
    const bool is_out_now = !trouble.empty();
    const bool was_out = check.endpoint->is_out.exchange(is_out_now, std::memory_order_relaxed);
    if (was_out == is_out_now) return;
    const bool is_down = are_all_out(*check.state->endpoints());
    check.state->is_down.store(is_down, std::memory_order_relaxed);
    const auto subject = fmt::format("service \"{}\": {}", check.service, check.endpoint->text);
    if (!is_out_now) return report_(model::LogLevel::notice, subject + " is well again");
    report_(model::LogLevel::error,
            fmt::format("{} is not well: {}; {}", subject, trouble,
                        is_down ? "no other endpoint is, and requests have nowhere to go"
                                : "it gets no requests until a health check succeeds"));
}

HealthWatch::HealthWatch(HealthChecks& checks, const model::Service& service,
                         std::shared_ptr<model::ServiceState> state)
    : checks_(checks), service_(service.name), health_(service.health), state_(std::move(state)) {}

HealthWatch::~HealthWatch() {
    for (const auto& [endpoint, check] : by_endpoint_) check->gone.set();
}

void HealthWatch::take_over(HealthWatch& former) {
    if (service_ != former.service_ || *health_ != *former.health_) return;
    by_endpoint_ = std::exchange(former.by_endpoint_, {});
    for (const auto& [endpoint, check] : by_endpoint_) check->state = state_;
}

void HealthWatch::follow(const model::EndpointSet& endpoints) {
    auto former = std::exchange(by_endpoint_, {});
    const auto take = [&](const std::shared_ptr<model::Endpoint>& endpoint) {
        if (endpoint->server.down) return;
        auto& place = by_endpoint_[endpoint.get()];
        if (const auto known = former.find(endpoint.get()); known != former.end()) {
            place = std::move(known->second);
            former.erase(known);
            return;
        }
        place = std::make_shared<HealthChecks::Check>();
        place->service = service_;
        place->health = health_;
        place->state = state_;
        place->endpoint = endpoint;
        checks_.scope_.spawn(checks_.keep_checking(place));
    };
    for (const auto& endpoint : endpoints.primary) take(endpoint);
    for (const auto& endpoint : endpoints.backup) take(endpoint);
    for (const auto& [endpoint, check] : former) check->gone.set();
    state_->is_down.store(are_all_out(endpoints), std::memory_order_relaxed);
}

void forget_checks(model::ServiceState& state) {
    const auto endpoints = state.endpoints();
    for (const auto& endpoint : endpoints->primary) endpoint->is_out.store(false, std::memory_order_relaxed);
    for (const auto& endpoint : endpoints->backup) endpoint->is_out.store(false, std::memory_order_relaxed);
    state.is_down.store(false, std::memory_order_relaxed);
}

}   // namespace gatehouse::control
