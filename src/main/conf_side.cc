#include "main/conf_side.h"

#include "faces/traefik/names.h"
#include "model/rule_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::process {
namespace {

constexpr std::string_view http_router = "http router ";

std::string sentence_about(const std::map<std::string, std::string>& by_host) {
    std::string text;
    for (const auto& [host, where] : by_host)
        text +=
            fmt::format("{}\"{}\" is answered by the server at {}", text.empty() ? "" : ", ", host, where);
    return text + ": a server_name of the configuration goes before routers";
}

template <class Function>
void for_each_router(const model::Model& containers, Function&& function) {
    for (const model::Listener& listener : containers.listeners) {
        for (const auto* site : {listener.default_site.get(), listener.secure_site.get()}) {
            if (site == nullptr || site->rules == nullptr) continue;
            for (const model::RuleEntry& entry : site->rules->matcher.entries())
                function(listener.text, entry);
        }
    }
}

constexpr const char* advice = "give the router another host, or take the name out of server_name";

}   // namespace

ConfSide::ConfSide(model::Model model) : model_(std::move(model)) {
    for (const auto& listener : model_.listeners) {
        if (listener.is_tcp()) continue;
        names_.emplace(listener.text, Names{model::SiteMatcher(listener.sites, listener.default_site), {}});
    }
}

model::Model ConfSide::with(model::Model containers) const {
    model::Model whole = model_;
    for (model::Listener& listener : containers.listeners) {
        const auto own = std::ranges::find(whole.listeners, listener.text, &model::Listener::text);
        if (own == whole.listeners.end()) {
            whole.listeners.push_back(std::move(listener));
        } else {
            own->rule_site = own->options.tls ? listener.secure_site : listener.default_site;
        }
    }
    auto& services = containers.services;
    whole.services.insert(whole.services.end(), std::make_move_iterator(services.begin()),
                          std::make_move_iterator(services.end()));
    return whole;
}

const ConfSide::Claims& ConfSide::claims_on(Names& names,
                                            const std::shared_ptr<const model::Rule>& rule) const {
    const auto [place, is_new] = names.rules.try_emplace(rule.get());
    Known& known = place->second;
    known.used = round_;
    if (!is_new) return known.claims;
    known.rule = rule;
    known.claims.takes_all = true;
    for (const model::RuleKey& key : model::keys_of(*rule)) {
        model::Captures captures;
        const model::Regex* regex = nullptr;
        const bool is_host = key.host_kind == model::RuleKey::Host::exact;
        const auto* site = is_host ? names.sites.find(key.host, captures, regex) : nullptr;
        if (site == nullptr) {
            known.claims.takes_all = false;
        } else {
            known.claims.by_host.emplace(key.host, site->origin.describe());
        }
    }
    return known.claims;
}

ConfSide::ByRouter ConfSide::find_lost(const model::Model& containers) {
    ++round_;
    ByRouter lost;
    for_each_router(containers, [&](const std::string& listener, const model::RuleEntry& entry) {
        const auto own = names_.find(listener);
        if (own == names_.end()) return;
        const Claims& claims = claims_on(own->second, entry.rule);
        if (!claims.by_host.empty())
            lost[entry.name].by_host.insert(claims.by_host.begin(), claims.by_host.end());
    });
    if (lost.empty()) return lost;
    for_each_router(containers, [&](const std::string& listener, const model::RuleEntry& entry) {
        const auto found = lost.find(entry.name);
        if (found == lost.end()) return;
        const auto own = names_.find(listener);
        const bool is_asked = own == names_.end() || !claims_on(own->second, entry.rule).takes_all;
        found->second.is_asked = found->second.is_asked || is_asked;
    });
    return lost;
}

void ConfSide::tell_precedence(traefik::Compiled& compiled,
                               std::vector<traefik::ContainerVerdict>& verdicts) {
    const ByRouter lost = find_lost(compiled.model);
    for (auto& [text, names] : names_)
        std::erase_if(names.rules, [&](const auto& known) { return known.second.used != round_; });
    if (lost.empty()) return;
    for (const auto& [name, what] : lost) {
        auto& state = compiled.states.routers[name];
        const std::string sentence = sentence_about(what.by_host);
        what.is_asked ? state.warn(sentence) : state.fail(sentence);
    }
    for (traefik::ContainerVerdict& verdict : verdicts) {
        std::string sentence;
        std::erase_if(verdict.routers, [&](const std::string& router) {
            if (!router.starts_with(http_router)) return false;
            const std::string name = router.substr(http_router.size());
            const auto found = lost.find(traefik::qualify(name, "docker"));
            if (found == lost.end()) return false;
            sentence = fmt::format("router {}: {}", name, sentence_about(found->second.by_host));
            verdict.remarks.warning({}, sentence, advice);
            return !found->second.is_asked;
        });
        if (sentence.empty() || !verdict.routers.empty()) continue;
        verdict.outcome = traefik::ContainerOutcome::refused;
        verdict.reason = "conflict";
        verdict.sentence = std::move(sentence);
        verdict.advice = advice;
    }
}

}   // namespace gatehouse::process
