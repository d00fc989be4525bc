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
                             Provide provide)
    : serving_(std::move(serving)),
      endpoint_(serving_->docker->endpoint),
      compiler_(std::make_unique<traefik::Compiler>(serving_->compiling)),
      reader_(reader_of(serving_->docker->rules)),
      apply_(std::move(apply)),
      provide_(std::move(provide)),
      own_(std::move(own)),
      door_(std::move(door)),
      watch_(
          loop, *door_, endpoint_,
          [this](std::vector<docker::ContainerChange> changes) { take(std::move(changes)); },
          [](LogLevel level, std::string_view text) { log::write_error(level, text); }) {}

model::Model DockerRouting::use(std::shared_ptr<const TraefikServing> serving) {
    serving_ = std::move(serving);
    compiler_ = std::make_unique<traefik::Compiler>(serving_->compiling);
    make_reader();
    return compile();
}

// With what is known of where we run; all that was read is read again.
void DockerRouting::make_reader() {
    auto rules = serving_->docker->rules;
    rules.addresses.own_networks = own_.networks();
    reader_ = reader_of(rules);
    for (const auto& [id, unused] : containers_) read(id);
    provide(names_.use_networks(own_.networks()));
    if (!serving_->docker->names) return;
    for (const auto& [id, facts] : containers_) provide(names_.take(id, facts.get()));
}

void DockerRouting::follow_names(const std::vector<docker::ContainerChange>& changes) {
    if (!serving_->docker->names) return;
    for (const docker::ContainerChange& change : changes) {
        const auto known = containers_.find(change.id);
        provide(names_.take(change.id, known == containers_.end() ? nullptr : known->second.get()));
    }
}

void DockerRouting::provide(std::vector<docker::NameChange> changes) {
    for (docker::NameChange& change : changes) {
        if (change.is_ambiguous) {
            log::write_error(
                LogLevel::warn,
                fmt::format("several projects have a container called \"{}\": the name is left to "
                            "name servers; with \".NETWORK\" behind it, it is one project's",
                            change.name));
        }
        provide_(std::move(change));
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
        if (!is_elsewhere) read(change.id);
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
        readings_.erase(id);
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
    readings_.insert_or_assign(id, reader_->read(*container->second, find));
}

model::Model DockerRouting::compile() {
    std::vector<traefik::ContainerReading> readings;
    readings.reserve(readings_.size());
    for (const auto& [unused, reading] : readings_) readings.push_back(reading);
    auto merged = traefik::merge(std::move(readings));
    auto provided = std::make_shared<std::vector<traefik::Provided>>(serving_->fixed);
    // Where rules tie, Docker's routers go before those of files, as Traefik's do.
    const auto files = std::ranges::find(*provided, "file", &traefik::Provided::name);
    provided->insert(files, {.name = "docker", .configuration = std::move(merged.configuration)});
    auto compiled = compiler_->compile(*provided);
    if (serving_->conf != nullptr) {
        const auto lost = serving_->conf->find_lost(compiled.model);
        ConfSide::tell(lost, compiled.states);
        for (auto& verdict : merged.verdicts) ConfSide::tell(lost, verdict);
    }
    tell(std::move(merged.verdicts));
    tell(std::move(compiled.states));
    if (serving_->site != nullptr) {
        publish_report(*serving_->site, {.provided = std::move(provided),
                                         .states = states_,
                                         .verdicts = verdicts_,
                                         .services = compiled.model.services});
    }
    complete_traefik_model(compiled.model, *serving_);
    return std::move(compiled.model);
}

void DockerRouting::tell(std::vector<traefik::ContainerVerdict> verdicts) {
    traefik::Verdicts now;
    for (auto& verdict : verdicts) {
        const auto before = verdicts_->find(verdict.id);
        if (before == verdicts_->end() || !says_the_same(before->second, verdict)) {
            log::write_error(level_of(verdict), sentence_about(verdict));
            for (const auto& remark : verdict.remarks.items())
                log::write_error(LogLevel::warn,
                                 fmt::format("container {}: {}", verdict.name, remark.describe()));
        }
        now.emplace(verdict.id, std::move(verdict));
    }
    for (const auto& [id, verdict] : *verdicts_) {
        if (!now.contains(id))
            log::write_error(LogLevel::notice, fmt::format("container {}: gone", verdict.name));
    }
    verdicts_ = std::make_shared<const traefik::Verdicts>(std::move(now));
}

void DockerRouting::tell(traefik::States states) {
    for (const auto& news : traefik::news_of(states, *states_))
        log::write_error(news.is_served ? LogLevel::warn : LogLevel::error, news.sentence);
    states_ = std::make_shared<const traefik::States>(std::move(states));
}

}   // namespace gatehouse::process
