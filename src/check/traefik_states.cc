// What the compiler said of routers, services and middlewares, at its place (traefik_check.h).
#include "base/suggestion.h"
#include "base/text.h"
#include "check/traefik_check.h"
#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace gatehouse::check {
namespace {

std::string short_name(std::string_view qualified) {
    if (qualified.ends_with("@docker")) qualified.remove_suffix(7);
    return std::string(qualified);
}

// Which label of a router a sentence is about, by its first word that says so.
std::string_view ending_for(std::string_view sentence) {
    if (sentence.starts_with("rule ")) return "rule";
    if (sentence.find("entry point") != std::string_view::npos) return "entrypoints";
    if (sentence.find("middleware") != std::string_view::npos) return "middlewares";
    if (sentence.find("service") != std::string_view::npos) return "service";
    if (sentence.find("priority") != std::string_view::npos) return "priority";
    if (sentence.find("ertResolver") != std::string_view::npos) return "tls.certresolver";
    return "rule";
}

std::string_view quoted_in(std::string_view sentence) {
    const auto begin = sentence.find('"');
    const auto end = begin == std::string_view::npos ? begin : sentence.find('"', begin + 1);
    return end == std::string_view::npos ? std::string_view() : sentence.substr(begin + 1, end - begin - 1);
}

template <class Items>
const model::Origin* origin_in(const Items& items, const std::string& name) {
    const auto found = items.find(name);
    return found == items.end() ? nullptr : &found->second.source.origin;
}

// The byte of a rule that an error names: `rule "…", at byte 9: …`.
std::uint32_t byte_of(std::string_view sentence) {
    constexpr std::string_view mark = "\", at byte ";
    const auto at = sentence.find(mark);
    if (!sentence.starts_with("rule ") || at == std::string_view::npos) return 0;
    const auto digits = sentence.substr(at + mark.size());
    const auto number = parse_decimal(digits.substr(0, digits.find(':')));
    return number ? static_cast<std::uint32_t>(*number) : 0;
}

}   // namespace

Place TraefikCheck::place_of_item(std::string_view section, const std::string& qualified,
                                  std::string_view sentence) const {
    const std::string provider(traefik::provider_of(qualified));
    const std::string name = qualified.substr(0, qualified.size() - provider.size() - 1);
    if (provider == "file") {
        const auto& [http, tcp, udp, tls] = file_.configuration;
        const model::Origin* origin = section == "http.routers"      ? origin_in(http.routers, name)
                                      : section == "http.services"   ? origin_in(http.services, name)
                                      : section == "tcp.routers"     ? origin_in(tcp.routers, name)
                                      : section == "tcp.services"    ? origin_in(tcp.services, name)
                                      : section == "tcp.middlewares" ? origin_in(tcp.middlewares, name)
                                      : section == "udp.routers"     ? origin_in(udp.routers, name)
                                      : section == "udp.services"    ? origin_in(udp.services, name)
                                                                     : origin_in(http.middlewares, name);
        return origin == nullptr ? Place{} : place_in_static(*origin);
    }
    const auto ending = section.ends_with("routers") ? ending_for(sentence) : std::string_view();
    if (const auto found = places_->of_item(section, name, ending, sentence)) {
        Place place = found->text->place;
        const bool is_rule = lower(*found->key).ends_with(".rule");
        if (is_rule && found->text->unset.empty()) place.byte = byte_of(sentence);
        return place;
    }
    for (std::size_t i = 0; i < verdicts_.size(); ++i) {
        const bool is_its = std::ranges::any_of(
            verdicts_[i].routers, [&](const std::string& router) { return router.ends_with(" " + name); });
        if (is_its || verdicts_[i].service_name == name) return containers_[i].service->place;
    }
    return proxy_ ? proxy_->service->place : Place{inputs_.static_file};
}

std::string TraefikCheck::hint_for(const std::string& sentence) const {
    const auto missing = sentence.find("does not exist");
    if (missing == std::string::npos || sentence.find("does not exist: ") != std::string::npos) return {};
    const auto wrong = quoted_in(sentence);
    std::vector<std::string> known;
    if (sentence.find("entry point") != std::string::npos) {
        for (const auto& entry_point : entry_points_) known.push_back(entry_point.name);
    } else {
        const auto add_names = [&](const auto& items, std::string_view provider) {
            for (const auto& [name, unused] : items) known.push_back(traefik::qualify(name, provider));
        };
        const bool is_middleware = sentence.find("middleware") != std::string::npos;
        for (const auto* provided : {&docker_, &file_}) {
            if (wrong.ends_with("@file") && provided == &docker_) continue;
            if (is_middleware) {
                add_names(provided->configuration.http.middlewares, provided->name);
            } else {
                add_names(provided->configuration.http.services, provided->name);
            }
        }
    }
    const std::vector<std::string_view> names(known.begin(), known.end());
    const auto meant = did_you_mean(wrong, names);
    constexpr std::size_t most = 6;
    if (!meant.empty() || known.empty() || known.size() > most) return meant;
    if (!wrong.ends_with("@file")) {   // there the provider goes without saying
        for (std::string& name : known) name = short_name(name);
    }
    return fmt::format("known are {}", fmt::join(known, ", "));
}

bool TraefikCheck::is_unsettled(std::string_view section, const std::string& qualified) const {
    const std::string provider(traefik::provider_of(qualified));
    if (provider != "docker") return false;
    const std::string name = qualified.substr(0, qualified.size() - provider.size() - 1);
    if (places_->is_unsettled(section, name)) return true;
    if (section != "http.routers") return false;
    const auto* router = written(qualified);
    if (router == nullptr) return false;
    const auto unsettled = [&](std::string_view other) {
        return [this, other](const std::string& reference) {
            return is_unsettled(other, traefik::qualify(reference, "docker"));
        };
    };
    return std::ranges::any_of(router->middlewares, unsettled("http.middlewares")) ||
           (!router->service.empty() && unsettled("http.services")(router->service));
}

void TraefikCheck::judge_states(const traefik::States& states) {
    judge_protocol("http", states);
    judge_protocol("tcp", states.tcp);
    judge_protocol("udp", states.udp);
    for (const auto* items : {&states.tls, &states.others}) {
        for (const auto& [name, state] : *items) {
            const bool is_off = state.status == traefik::ItemState::Status::disabled;
            for (const std::string& sentence : state.errors) {
                out_.findings.add({is_off ? Severity::error : Severity::warning,
                                   "tls",
                                   place_of_item("", name, sentence),
                                   fmt::format("{}: {}", name, sentence),
                                   {},
                                   {}});
            }
        }
    }
    for (auto& [unused, shared] : shared_) {
        constexpr std::size_t most = 5;
        auto& [finding, names] = shared;
        const auto more =
            names.size() > most ? fmt::format(" and {} more", names.size() - most) : std::string();
        names.resize(std::min(names.size(), most));
        const bool is_one = names.size() == 1;
        finding.message = fmt::format("{}{} {}{}: {}", finding.service, is_one ? "" : "s",
                                      fmt::join(names, ", "), more, finding.message);
        finding.service.clear();
        out_.findings.add(std::move(finding));
    }
}

void TraefikCheck::judge_protocol(std::string_view protocol, const traefik::ProtocolStates& states) {
    const std::string before = protocol == "tcp" ? "TCP " : protocol == "udp" ? "UDP " : "";
    const auto judge_all = [&](const auto& items, std::string_view kind) {
        for (const auto& [name, state] : items)
            judge_state(before + std::string(kind), fmt::format("{}.{}s", protocol, kind), name, state);
    };
    judge_all(states.middlewares, "middleware");
    judge_all(states.services, "service");
    judge_all(states.routers, "router");
}

void TraefikCheck::judge_state(std::string_view kind, std::string_view section, const std::string& name,
                               const traefik::ItemState& state) {
    if (state.errors.empty()) return;
    const std::string quoted = fmt::format("\"{}\"", short_name(name));
    if (state.status != traefik::ItemState::Status::disabled) {
        for (const std::string& sentence : state.errors) {
            auto [known, is_new] = shared_.try_emplace(fmt::format("{} {}", kind, sentence));
            if (is_new) {
                known->second.finding = {
                    Severity::warning, "served-with-remarks", place_of_item(section, name, sentence),
                    sentence,          hint_for(sentence),    std::string(kind)};
            }
            known->second.names.push_back(quoted);
        }
        return;
    }
    // the last one is what decided
    const std::string& sentence = state.errors.back();
    const auto missing = std::ranges::find_if(
        state.errors, [](const std::string& e) { return e.find("does not exist") != std::string::npos; });
    const std::string& about = missing == state.errors.end() ? sentence : *missing;
    Finding finding{
        .severity = Severity::error,
        .code = "not-served",
        .place = place_of_item(section, name, about),
        .message = fmt::format("{} {} is not served: {}", kind, quoted, fmt::join(state.errors, "; ")),
        .hint = hint_for(about)};
    if (missing != state.errors.end()) finding.code = "unknown-name";
    if (sentence.starts_with("rule ")) finding.code = "rule";
    if (is_unsettled(section, name)) {   // that it has no value was said
        finding.severity = Severity::notice;
        finding.hint = "a variable without a value is part of it";
    }
    // one reason for many routers is told once, of what it is about
    const bool is_told =
        section == "http.routers" && std::ranges::any_of(out_.findings.items(), [&](const Finding& other) {
            const auto colon = other.message.rfind(": ");
            return other.code == "not-served" && colon != std::string::npos &&
                   other.message.starts_with("middleware ") &&
                   sentence.ends_with(other.message.substr(colon));
        });
    if (!is_told) out_.findings.add(std::move(finding));
}

// What a container's labels define and the compiler did not take.
void TraefikCheck::take_unserved(const traefik::States& states) {
    const auto is_served = [&](const std::string& router) {   // "http router web"
        const auto& items = router.starts_with("tcp ")   ? states.tcp.routers
                            : router.starts_with("udp ") ? states.udp.routers
                                                         : states.routers;
        const auto found = items.find(traefik::qualify(router.substr(router.rfind(' ') + 1), "docker"));
        return found == items.end() || found->second.status != traefik::ItemState::Status::disabled;
    };
    for (CheckedContainer& container : out_.containers) {
        const auto lost = std::ranges::stable_partition(container.routers, is_served);
        container.not_served.assign(lost.begin(), lost.end());
        container.routers.erase(lost.begin(), lost.end());
        if (container.not_served.empty() || !container.routers.empty()) continue;
        container.outcome = "refused";
        container.reason = "no-router";
        container.sentence = "none of its routers is served";
    }
}

}   // namespace gatehouse::check
