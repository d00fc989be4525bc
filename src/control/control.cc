#include "control/control.h"

#include "net/system_resolver.h"

#include <algorithm>
#include <utility>

namespace gatehouse::control {

MakeResolver system_resolver(loop::Loop& loop) {
    return
        [&loop](loop::Scope& scope, const net::ResolverOptions& options) -> std::unique_ptr<net::Resolver> {
            return std::make_unique<net::SystemResolver>(loop, scope, options);
        };
}

Control::Control(loop::Loop& loop, std::vector<Sink> sinks, MakeResolver make_resolver, Report report)
    : loop_(loop),
      sinks_(std::move(sinks)),
      report_(std::move(report)),
      snapshots_(loop, report_),
      names_(loop, std::move(make_resolver), report_),
      suspects_(loop),
      directory_(loop, names_, suspects_),
      staples_(loop, names_, report_),
      scope_(loop) {}

Control::~Control() = default;

Result<> Control::apply(model::Model model, const ListenerSockets& sockets) {
    if (snapshots_.full())
        return fail(ErrorCode::too_large, "too many earlier configurations are still in use");
    for (const model::Listener& listener : model.listeners) {
        if (!sockets.contains(listener.text))
            return fail(ErrorCode::not_found, "a listener without a socket");
    }
    names_.configure(model.resolver);
    const StateOf states = bind_services(model);
    const auto state_of = [&](const model::Service& service) { return states.at(&service); };
    auto next = std::make_shared<model::Publication>();
    next->snapshot = snapshots_.hold(model::Snapshot::compile(std::move(model), ++generation_, state_of));
    for (const auto& listener : next->snapshot->listeners) {
        next->sockets.push_back({.fd = sockets.at(listener->listener.text), .listener = listener.get()});
    }
    staples_.configure(next->snapshot->model);
    if (settled()) {
        publish(std::move(next));
    } else {
        scope_.spawn(publish_when_settled(std::move(next)));
    }
    return {};
}

// A service that is defined as before keeps its state and is still watched. One that changed gets a state of
// its own, because exchanges of earlier snapshots still balance by theirs; endpoints that both have are the
// same objects, counters and all.
Control::StateOf Control::bind_services(const model::Model& model) {
    Watches watches;
    StateOf states;
    for (const auto& service : model.services) {
        const std::string key = service->key();
        auto& watch = watches[key];
        const auto before = watches_.find(key);
        if (before != watches_.end() && before->second &&
            same_definition(*before->second->service(), *service)) {
            watch = std::move(before->second);
            watch->adopt(service);
        } else {
            auto state = service->state ? service->state : std::make_shared<model::ServiceState>();
            if (before != watches_.end() && before->second) {
                const model::ServiceState& old = *before->second->state();
                state->replace(old.endpoints());
                state->rotation = old.rotation.load();
                state->backup_rotation = old.backup_rotation.load();
            }
            watch = std::make_unique<ServiceWatch>(service, std::move(state), NameSource::configuration,
                                                   names_, suspects_);
        }
        states[service.get()] = watch->state();
    }
    watches_ = std::move(
        watches);   // names that nobody needs any more are forgotten here, after the new ones are known
    return states;
}

bool Control::settled() const {
    return std::ranges::all_of(watches_, [](const auto& item) { return item.second->settled(); });
}

loop::Task<void> Control::publish_when_settled(std::shared_ptr<const model::Publication> next) {
    const loop::TimePoint end = loop_.now() + head_start;
    while (!settled() && next->snapshot->generation == generation_ && loop_.now() < end) {
        loop::Event::Wait answer = names_.first_answers().wait(end - loop_.now());
        const Result<> waited = co_await answer;
        if (!waited && waited.error().code == ErrorCode::canceled) co_return;
    }
    if (next->snapshot->generation == generation_)
        publish(std::move(next));   // else a later one has taken its place
}

void Control::publish(std::shared_ptr<const model::Publication> next) {
    current_ = std::move(next);
    for (const Sink& sink : sinks_) sink(current_);
}

loop::Task<void> Control::close() {
    co_await scope_.close();
    co_await directory_.close();
    co_await staples_.close();
    co_await names_.close();
    current_.reset();
}

}   // namespace gatehouse::control
