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
            for (const auto& rule : site->rules->matcher.rules()) function(listener.text, rule);
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

// The sites of a configuration never change, so each rule is looked at once.
const ConfSide::Claims& ConfSide::claims_on(Names& names,
                                            const std::shared_ptr<const model::FiledRule>& rule) const {
    const auto [place, is_new] = names.claims.try_emplace(rule.get());
    Claims& claims = place->second;
    claims.used = round_;
    if (!is_new) return claims;
    claims.rule = rule;
    for (const model::RuleKey& key : rule->keys()) {
        model::Captures captures;
        const model::Regex* regex = nullptr;
        const bool is_host = key.host_kind == model::RuleKey::Host::exact;
        const auto* site = is_host ? names.sites.find(key.host, captures, regex) : nullptr;
        if (site == nullptr) {
            claims.takes_all = false;
        } else {
            claims.by_host.emplace(key.host, site->origin.describe());
        }
    }
    return claims;
}

ConfSide::LostByRouter ConfSide::find_lost(const model::Model& containers) {
    ++round_;
    LostByRouter lost;
    for_each_router(containers, [&](const std::string& listener, const auto& rule) {
        const auto own = names_.find(listener);
        if (own == names_.end()) return;
        const Claims& claims = claims_on(own->second, rule);
        if (!claims.by_host.empty())
            lost[rule->entry().name].by_host.insert(claims.by_host.begin(), claims.by_host.end());
    });
    for (auto& [text, names] : names_)
        std::erase_if(names.claims, [&](const auto& known) { return known.second.used != round_; });
    if (lost.empty()) return lost;
    for_each_router(containers, [&](const std::string& listener, const auto& rule) {
        const auto found = lost.find(rule->entry().name);
        if (found == lost.end()) return;
        const auto own = names_.find(listener);
        const bool is_asked = own == names_.end() || !claims_on(own->second, rule).takes_all;
        found->second.is_asked = found->second.is_asked || is_asked;
    });
    return lost;
}

void ConfSide::tell(const LostByRouter& lost, traefik::States& states) {
    for (const auto& [name, what] : lost) {
        auto& state = states.routers[name];
        const std::string sentence = sentence_about(what.by_host);
        what.is_asked ? state.warn(sentence) : state.fail(sentence);
    }
}

void ConfSide::tell(const LostByRouter& lost, traefik::ContainerVerdict& verdict) {
    if (lost.empty()) return;
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
    if (sentence.empty() || !verdict.routers.empty()) return;
    verdict.outcome = traefik::ContainerOutcome::refused;
    verdict.reason = "conflict";
    verdict.sentence = std::move(sentence);
    verdict.advice = advice;
}

}   // namespace gatehouse::process
