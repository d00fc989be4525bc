#include "providers/docker/known_containers.h"

#include <algorithm>
#include <csignal>

namespace gatehouse::docker {

using Kind = EngineEvent::Kind;

void KnownContainers::take(const EngineEvent& event, TimePoint now) {
    if (event.kind == Kind::other) return;
    if (event.kind == Kind::destroyed) return destroy(event.id);
    Container& container = containers_[event.id];
    container.last_event = ++sequence_;
    const bool runs = container.facts && container.facts->running;
    switch (event.kind) {
        case Kind::created: return put_off(event.id, container, now + settling);
        case Kind::reconnected:
            if (runs) return ask(event.id, container);
            if (container.question != Question::waiting) put_off(event.id, container, now + settling);
            return;
        case Kind::started: container.stopping_until.reset(); return ask(event.id, container);
        case Kind::changed: return ask(event.id, container);
        case Kind::died: return died(event.id, container);
        case Kind::signalled: return signalled(event.id, container, event.signal, now);
        case Kind::destroyed:
        case Kind::other: return;
    }
}

// What an inspection under way says is older than this.
void KnownContainers::died(const std::string& id, Container& container) {
    if (container.stopping_until && container.stopping_until == container.put_off_until)
        call_back(id, container);
    container.stopping_until.reset();
    if (!container.facts || container.question == Question::asked) ask(id, container);
    if (!container.facts) return;
    model::ContainerFacts facts = *container.facts;
    facts.running = facts.stopping = facts.paused = false;
    change(id, container, std::move(facts), true);
}

void KnownContainers::signalled(const std::string& id, Container& container, int signal, TimePoint now) {
    if (!container.facts) return ask(id, container);
    if (!container.facts->running || signal == SIGHUP) return;
    if (signal != SIGKILL && signal != signal_number(container.facts->stop_signal)) return;
    container.stopping_until = now + patience_with_stop;
    put_off(id, container, *container.stopping_until);
    model::ContainerFacts facts = *container.facts;
    facts.stopping = true;
    change(id, container, std::move(facts), true);
}

void KnownContainers::destroy(const std::string& id) {
    const auto found = containers_.find(id);
    if (found == containers_.end()) return;
    ++sequence_;
    call_back(id, found->second);
    if (found->second.question == Question::asked || found->second.question == Question::overtaken) --asked_;
    const bool was_told = found->second.facts != nullptr;
    containers_.erase(found);
    if (!was_told) return;
    changed_.insert(id);
    urgent_ = true;
}

void KnownContainers::ask(const std::string& id, Container& container) {
    call_back(id, container);
    switch (container.question) {
        case Question::none:
            container.question = Question::waiting;
            questions_.push_back(id);
            return;
        case Question::asked: container.question = Question::overtaken; return;
        case Question::waiting:
        case Question::overtaken: return;
    }
}

void KnownContainers::put_off(const std::string& id, Container& container, TimePoint until) {
    if (container.put_off_until && *container.put_off_until <= until) return;
    call_back(id, container);
    container.put_off_until = until;
    put_off_.emplace(until, id);
}

void KnownContainers::call_back(const std::string& id, Container& container) {
    if (!container.put_off_until) return;
    put_off_.erase({*container.put_off_until, id});
    container.put_off_until.reset();
}

std::optional<KnownContainers::TimePoint> KnownContainers::wake(TimePoint now) {
    while (!put_off_.empty() && put_off_.begin()->first <= now) {
        const std::string id = put_off_.begin()->second;
        ask(id, containers_.at(id));
    }
    if (put_off_.empty()) return std::nullopt;
    return put_off_.begin()->first;
}

void KnownContainers::take(const std::vector<ListedContainer>& list, std::uint64_t asked_at) {
    std::unordered_set<std::string_view> listed;
    for (const ListedContainer& entry : list) {
        listed.insert(entry.id);
        const auto [place, is_new] = containers_.try_emplace(entry.id);
        Container& container = place->second;
        const bool is_same = container.facts && container.digest == entry.digest;
        container.digest = entry.digest;
        if (!is_same && container.question == Question::none) ask(entry.id, container);
    }
    std::vector<std::string> gone;
    for (const auto& [id, container] : containers_) {
        if (container.last_event <= asked_at && !listed.contains(id)) gone.push_back(id);
    }
    for (const std::string& id : gone) destroy(id);
}

std::optional<std::string> KnownContainers::next_question() {
    while (!questions_.empty()) {
        std::string id = std::move(questions_.front());
        questions_.pop_front();
        const auto found = containers_.find(id);
        if (found == containers_.end() || found->second.question != Question::waiting) continue;
        found->second.question = Question::asked;
        ++asked_;
        return id;
    }
    return std::nullopt;
}

// The container, unless it went away meanwhile, or came back and was not asked for yet.
KnownContainers::Container* KnownContainers::answered(const std::string& id) {
    const auto found = containers_.find(id);
    if (found == containers_.end()) return nullptr;
    Container& container = found->second;
    if (container.question != Question::asked && container.question != Question::overtaken) return nullptr;
    --asked_;
    const bool is_overtaken = container.question == Question::overtaken;
    container.question = Question::none;
    if (!is_overtaken) {
        container.times_overtaken = 0;
        return &container;
    }
    ask(id, container);
    if (++container.times_overtaken <= most_overtaken) return nullptr;
    container.times_overtaken = 0;
    return &container;
}

void KnownContainers::inspected(const std::string& id, Inspection inspection, TimePoint now) {
    Container* container = answered(id);
    if (container == nullptr) return;
    container->failures = 0;
    const bool is_another_run = inspection.started_at != container->started_at;
    container->started_at = std::move(inspection.started_at);
    model::ContainerFacts& facts = inspection.facts;
    facts.id = id;   // it was asked for by this one
    const bool has_ended = !facts.running || is_another_run;
    if (has_ended || (container->stopping_until && now >= *container->stopping_until))
        container->stopping_until.reset();
    facts.stopping = container->stopping_until.has_value();
    if (facts.stopping) put_off(id, *container, *container->stopping_until);
    change(id, *container, std::move(facts), false);
}

void KnownContainers::not_inspected(const std::string& id, Failure failure, std::string_view problem,
                                    TimePoint now) {
    if (failure == Failure::gone) return destroy(id);
    Container* container = answered(id);
    if (container == nullptr) return;
    if (failure == Failure::unreadable) {
        model::ContainerFacts facts;
        facts.id = id;
        facts.problem = problem;
        return change(id, *container, std::move(facts), false);
    }
    const auto doublings = std::min(container->failures++, 5U);
    put_off(id, *container, now + std::min<Duration>(first_retry * (1U << doublings), longest_retry));
}

void KnownContainers::forget_questions() {
    for (auto& [id, container] : containers_) {
        if (container.question != Question::asked && container.question != Question::overtaken) continue;
        container.question = Question::waiting;
        questions_.push_back(id);
    }
    asked_ = 0;
}

void KnownContainers::change(const std::string& id, Container& container, model::ContainerFacts facts,
                             bool urgent) {
    if (container.facts && *container.facts == facts) return;
    container.facts = std::make_shared<const model::ContainerFacts>(std::move(facts));
    changed_.insert(id);
    urgent_ = urgent_ || urgent;
}

std::vector<ContainerChange> KnownContainers::take_changes() {
    std::vector<ContainerChange> changes;
    changes.reserve(changed_.size());
    for (const std::string& id : changed_) {
        const auto found = containers_.find(id);
        changes.push_back({id, found == containers_.end() ? nullptr : found->second.facts});
    }
    changed_.clear();
    urgent_ = false;
    std::ranges::sort(changes, {}, &ContainerChange::id);
    return changes;
}

}   // namespace gatehouse::docker
