#include "main/conf_side.h"

#include "faces/traefik/names.h"
#include "model/rule_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::process {
namespace {

constexpr std::string_view http_router = "http router ";

constexpr const char* advice = "give the router another host, or take the name out of server_name";

}   // namespace

ConfSide::ConfSide(model::Model model) : model_(std::move(model)) {
    for (const auto& listener : model_.listeners) {
        if (listener.is_tcp()) continue;
        sites_.emplace(listener.text, model::SiteMatcher(listener.sites, listener.default_site));
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

traefik::GoesFirst ConfSide::who_goes_first(const traefik::ReadyEntryPoint& entry_point,
                                            const model::Rule& rule) const {
    traefik::GoesFirst first{.by_host = {}, .takes_all = true};
    const auto keys = model::keys_of(rule);
    for (const SocketAddress& address : entry_point.addresses) {
        const auto sites = sites_.find(address.describe());
        if (sites == sites_.end()) first.takes_all = false;   // a listener of its own
        if (sites == sites_.end()) continue;
        for (const model::RuleKey& key : keys) {
            model::Captures captures;
            const model::Regex* regex = nullptr;
            const bool is_host = key.host_kind == model::RuleKey::Host::exact;
            const auto* site = is_host ? sites->second.find(key.host, captures, regex) : nullptr;
            if (site == nullptr) {
                first.takes_all = false;
            } else {
                first.by_host.emplace(
                    key.host, fmt::format("the server at {}: a server_name of the configuration goes before "
                                          "routers",
                                          site->origin.describe()));
            }
        }
    }
    return first;
}

void ConfSide::tell(const traefik::States& states, traefik::ContainerVerdict& verdict) {
    std::string sentence;
    std::erase_if(verdict.routers, [&](const std::string& router) {
        if (!router.starts_with(http_router)) return false;
        const std::string name = router.substr(http_router.size());
        const auto state = states.routers.find(traefik::qualify(name, "docker"));
        if (state == states.routers.end() || state->second.hidden_by.empty()) return false;
        sentence = fmt::format("router {}: {}", name, state->second.hidden_by);
        verdict.remarks.warning({}, sentence, advice);
        return state->second.status == traefik::ItemState::Status::disabled;
    });
    if (sentence.empty() || !verdict.routers.empty()) return;
    verdict.outcome = traefik::ContainerOutcome::refused;
    verdict.reason = "conflict";
    verdict.sentence = std::move(sentence);
    verdict.advice = advice;
}

}   // namespace gatehouse::process
