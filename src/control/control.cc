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
      health_(loop, names_, report_),
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
    const StateOf states = bind_services(model, ++generation_);
    const auto state_of = [&](const model::Service& service) { return states.at(&service); };
    auto next = std::make_shared<model::Publication>();
    next->snapshot = snapshots_.hold(model::Snapshot::compile(std::move(model), generation_, state_of));
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
// same objects, counters and all. Where containers are followed most services are not even other objects.
Control::StateOf Control::bind_services(const model::Model& model, std::uint64_t generation) {
    std::vector<std::unique_ptr<ServiceWatch>> former;
    StateOf states;
    for (const auto& service : model.services) {
        auto& [watch, seen] = watches_[service->key()];
        seen = generation;
        if (watch == nullptr || watch->service() != service) {
            if (watch != nullptr && same_definition(*watch->service(), *service)) {
                watch->adopt(service);
            } else {
                auto state = service->state ? service->state : std::make_shared<model::ServiceState>();
                const bool was_there = watch != nullptr;
                if (was_there) {
                    const model::ServiceState& old = *watch->state();
                    state->replace(old.endpoints());
                    state->rotation = old.rotation.load();
                    state->backup_rotation = old.backup_rotation.load();
                    former.push_back(std::move(watch));
                }
                watch = std::make_unique<ServiceWatch>(service, std::move(state), NameSource::configuration,
                                                       names_, suspects_);
                watch->begin_checks(health_, was_there ? former.back().get() : nullptr);
            }
        }
        if (service->state == nullptr) states[service.get()] = watch->state();
    }
    // names that nobody needs any more are forgotten here, after the new ones are known
    std::erase_if(watches_, [&](const auto& item) { return item.second.generation != generation; });
    return states;
}

bool Control::settled() const {
    return std::ranges::all_of(watches_, [](const auto& item) { return item.second.watch->settled(); });
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
    co_await health_.close();
    co_await staples_.close();
    co_await names_.close();
    current_.reset();
}

}   // namespace gatehouse::control
