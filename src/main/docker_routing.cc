#include "main/docker_routing.h"

#include "log/error_log.h"
#include "main/traefik_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::process {
namespace {

using log::LogLevel;

// Told once for the whole provider, not for each container.
std::unique_ptr<const traefik::ContainerReader> reader_of(const traefik::ContainerRules& rules) {
    traefik::Remarks remarks;
    auto reader = std::make_unique<const traefik::ContainerReader>(rules, remarks);
    for (const auto& remark : remarks.items()) log::write_error(LogLevel::error, remark.describe());
    return reader;
}

std::string sentence_about(const traefik::ContainerVerdict& verdict) {
    std::string text = fmt::format("container {}: {}", verdict.name, verdict.reason);
    const bool is_plain =
        verdict.outcome == traefik::ContainerOutcome::routed && verdict.remarks.items().empty();
    if (!is_plain) text += ": " + verdict.sentence;
    for (std::size_t i = 0; i < verdict.routers.size(); ++i)
        text += (i == 0 ? ": " : ", ") + verdict.routers[i];
    if (!verdict.advice.empty()) text += "; " + verdict.advice;
    return text;
}

bool says_the_same(const traefik::ContainerVerdict& a, const traefik::ContainerVerdict& b) {
    return a.reason == b.reason && a.sentence == b.sentence && a.routers == b.routers &&
           a.remarks.items().size() == b.remarks.items().size();
}

LogLevel level_of(const traefik::ContainerVerdict& verdict) {
    return verdict.outcome == traefik::ContainerOutcome::refused ? LogLevel::error : LogLevel::notice;
}

}   // namespace

DockerRouting::DockerRouting(loop::Loop& loop, std::shared_ptr<const TraefikServing> serving,
                             std::unique_ptr<docker::EngineDoor> door, docker::OwnContainer own, Apply apply,
                             Tell tell_name)
    : serving_(std::move(serving)),
      endpoint_(serving_->docker->endpoint),
      reader_(reader_of(serving_->docker->rules)),
      apply_(std::move(apply)),
      tell_name_(std::move(tell_name)),
      own_(std::move(own)),
      door_(std::move(door)),
      knowledge_(std::make_shared<Knowledge>(serving_->compiling)),
      watch_(
          loop, *door_, endpoint_,
          [this](std::vector<docker::ContainerChange> changes) { take(std::move(changes)); },
          [](LogLevel level, std::string_view text) { log::write_error(level, text); }) {
    provide();
}

// What is provided besides containers, in place of what was. Where rules tie, Docker's routers go before
// those of files, as Traefik's do.
void DockerRouting::provide() {
    auto& provided = knowledge_->provided;
    provided = serving_->fixed;
    const auto files = std::ranges::find(provided, "file", &traefik::Provided::name);
    provided.insert(files, {.name = "docker", .configuration = {}});
    is_new_ = true;
}

model::Model DockerRouting::use(std::shared_ptr<const TraefikServing> serving) {
    {
        const std::lock_guard lock(knowledge_->mutex);
        serving_ = std::move(serving);
        knowledge_->compiler.use(serving_->compiling);
        knowledge_->merged = {};
        provide();
    }
    make_reader();
    return compile();
}

// With what is known of where we run; all that was read is read again.
void DockerRouting::make_reader() {
    auto rules = serving_->docker->rules;
    rules.addresses.own_networks = own_.networks();
    reader_ = reader_of(rules);
    for (const auto& [id, unused] : containers_) read(id);
    tell_names(names_.use_networks(own_.networks()));
    if (!serving_->docker->names) return;
    for (const auto& [id, facts] : containers_) tell_names(names_.take(id, facts.get()));
}

void DockerRouting::follow_names(const std::vector<docker::ContainerChange>& changes) {
    if (!serving_->docker->names) return;
    for (const docker::ContainerChange& change : changes) {
        const auto known = containers_.find(change.id);
        tell_names(names_.take(change.id, known == containers_.end() ? nullptr : known->second.get()));
    }
}

void DockerRouting::tell_names(std::vector<docker::NameChange> changes) {
    for (docker::NameChange& change : changes) {
        if (change.is_ambiguous) {
            log::write_error(
                LogLevel::warn,
                fmt::format("several projects have a container called \"{}\": the name is left to "
                            "name servers; with \".NETWORK\" behind it, it is one project's",
                            change.name));
        }
        tell_name_(std::move(change));
    }
}

void DockerRouting::take(std::vector<docker::ContainerChange> changes) {
    bool is_elsewhere = false;   // the networks that we are on are others than before
    for (docker::ContainerChange& change : changes) {
        is_elsewhere = own_.take(change.id, change.facts.get()) || is_elsewhere;
        if (change.facts == nullptr) {
            containers_.erase(change.id);
        } else {
            containers_.insert_or_assign(change.id, std::move(change.facts));
        }
    }
    if (is_elsewhere) make_reader();
    for (const docker::ContainerChange& change : changes) {
        if (!is_elsewhere || !containers_.contains(change.id)) read(change.id);
    }
    for (const auto& [id, facts] : containers_) {   // these have the address of another one
        if (facts->network_mode.starts_with("container:")) read(id);
    }
    if (!is_elsewhere) follow_names(changes);
    apply_(compile());
}

void DockerRouting::read(const std::string& id) {
    const auto container = containers_.find(id);
    if (container == containers_.end()) {
        const std::lock_guard lock(knowledge_->mutex);
        knowledge_->merged.erase(id);
        return;
    }
    const auto find = [this](std::string_view wanted) -> const model::ContainerFacts* {
        constexpr std::size_t short_id = 12;
        const auto known = containers_.lower_bound(std::string(wanted));
        if (wanted.size() >= short_id && known != containers_.end() && known->first.starts_with(wanted))
            return known->second.get();
        for (const auto& [unused, facts] : containers_) {
            if (facts->name == wanted) return facts.get();
        }
        return nullptr;
    };
    auto reading = reader_->read(*container->second, find);
    const std::lock_guard lock(knowledge_->mutex);
    knowledge_->merged.set(id, std::move(reading));
}

model::Model DockerRouting::compile() {
    auto& [mutex, merged, provided, compiler, services] = *knowledge_;
    model::Model model;
    traefik::MergedContainers::Update update;
    {
        const std::lock_guard lock(mutex);
        const auto docker = std::ranges::find(provided, "docker", &traefik::Provided::name);
        update = merged.update(docker->configuration);
        model = is_new_ ? compiler.compile(provided).model
                        : compiler.compile_changes(provided, "docker", update.changes);
        is_new_ = false;
        services = model.services;
        if (serving_->conf != nullptr) {
            const traefik::States& states = compiler.states();
            for (const std::string& id : update.verdicts)
                merged.amend(id, [&states](auto& verdict) { ConfSide::tell(states, verdict); });
        }
    }
    tell(update.verdicts);
    for (const auto& news : compiler.news())
        log::write_error(news.is_served ? LogLevel::warn : LogLevel::error, news.sentence);
    report();
    complete_traefik_model(model, *serving_);
    return model;
}

void DockerRouting::tell(const std::vector<std::string>& containers) {
    const auto& verdicts = knowledge_->merged.verdicts();
    for (const std::string& id : containers) {
        const auto now = verdicts.find(id);
        const auto told = told_.find(id);
        if (now == verdicts.end()) {
            if (told == told_.end()) continue;
            log::write_error(LogLevel::notice, fmt::format("container {}: gone", told->second.name));
            told_.erase(told);
            continue;
        }
        const auto& verdict = now->second;
        if (told != told_.end() && says_the_same(told->second, verdict)) continue;
        log::write_error(level_of(verdict), sentence_about(verdict));
        for (const auto& remark : verdict.remarks.items())
            log::write_error(LogLevel::warn,
                             fmt::format("container {}: {}", verdict.name, remark.describe()));
        told_.insert_or_assign(id, verdict);
    }
}

// From now on the site tells of what is known then.
void DockerRouting::report() {
    if (serving_->site == nullptr) return;
    serving_->site->publish([knowledge = knowledge_] {
        const std::lock_guard lock(knowledge->mutex);
        return traefik::make_report({.provided = knowledge->provided,
                                     .states = knowledge->compiler.states(),
                                     .verdicts = &knowledge->merged.verdicts(),
                                     .services = knowledge->services});
    });
}

}   // namespace gatehouse::process
