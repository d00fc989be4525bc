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
        const auto& http = file_.configuration.http;
        const model::Origin* origin = section == "http.routers"    ? origin_in(http.routers, name)
                                      : section == "http.services" ? origin_in(http.services, name)
                                                                   : origin_in(http.middlewares, name);
        return origin == nullptr ? Place{} : place_in_static(*origin);
    }
    const auto ending = section.ends_with("routers") ? ending_for(sentence) : std::string_view();
    if (const auto found = places_->of_item(section, name, ending)) {
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
    if (sentence.find("does not exist") == std::string::npos) return {};
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
    for (std::string& name : known) name = short_name(name);
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
    for (const auto& [name, state] : states.middlewares)
        judge_state("middleware", "http.middlewares", name, state);
    for (const auto& [name, state] : states.services) judge_state("service", "http.services", name, state);
    for (const auto& [name, state] : states.routers) judge_state("router", "http.routers", name, state);
    for (const auto& [name, state] : states.others) {   // "TCP router db@docker"
        const auto space = name.rfind(' ');
        const auto kind = name.substr(0, space);
        const auto item = space == std::string::npos ? name : name.substr(space + 1);
        const auto section = kind == "TCP router"   ? "tcp.routers"
                             : kind == "UDP router" ? "udp.routers"
                                                    : "tls.stores";
        judge_state(kind, section, item, state);
    }
}

void TraefikCheck::judge_state(std::string_view kind, std::string_view section, const std::string& name,
                               const traefik::ItemState& state) {
    const bool is_off = state.status == traefik::ItemState::Status::disabled;
    const bool is_unsettled_now = is_unsettled(section, name);
    for (const std::string& sentence : state.errors) {
        Finding finding{.severity = is_off ? Severity::error : Severity::warning,
                        .code = is_off ? "not-served" : "served-with-remarks",
                        .place = place_of_item(section, name, sentence),
                        .message = fmt::format("{} \"{}\"{}: {}", kind, short_name(name),
                                               is_off ? " is not served" : "", sentence),
                        .hint = hint_for(sentence)};
        if (is_off && is_unsettled_now) {
            finding.severity = Severity::warning;
            finding.hint = "a variable without a value is part of it";
        }
        if (sentence.find("does not exist") != std::string::npos) finding.code = "unknown-name";
        if (sentence.starts_with("rule ")) finding.code = "rule";
        // one reason for many routers is told once, of what it is about
        const bool is_told = section == "http.routers" &&
                             std::ranges::any_of(out_.findings.items(), [&](const Finding& other) {
                                 const auto colon = other.message.rfind(": ");
                                 return other.code == "not-served" && colon != std::string::npos &&
                                        other.message.starts_with("middleware ") &&
                                        sentence.ends_with(other.message.substr(colon));
                             });
        if (!is_told) out_.findings.add(std::move(finding));
    }
}

}   // namespace gatehouse::check
