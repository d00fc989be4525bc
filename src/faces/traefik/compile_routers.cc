// The part of a Compilation that makes routers and puts them at entry points.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faces/traefik/compilation.h"
#include "faces/traefik/compile_tcp.h"
#include "faces/traefik/route_of.h"
#include "faces/traefik/unused_options.h"

namespace gatehouse::traefik {
namespace {

std::string no_such_service(const std::string& wanted) {
    std::string sentence = fmt::format("service \"{}\" does not exist", wanted);
    if (wanted == "api@internal") sentence += ": the API is off, switch it on with --api";
    if (wanted == "dashboard@internal") sentence += ": the page is off, switch it on with --api";
    if (wanted == "ping@internal") sentence += ": ping is off, switch it on with --ping";
    return sentence;
}

}   // namespace

void Compilation::make_router(const std::string& name, KeptRouter& kept) {
    const Dependencies::Making making(compiler_.dependencies_, {Item::Kind::router, name});
    auto former = std::exchange(kept.placed, {});
    if (kept.written != nullptr) serve(name, kept, former, compiler_.states_.routers[name]);
    for (const Placed& placed : former) {
        if (placed.spot.rule != nullptr) compiler_.places_[placed.place].remove(placed.spot);
    }
}

void Compilation::serve(const std::string& name, KeptRouter& kept, std::vector<Placed>& former,
                        ItemState& state) {
    const Router& router = *kept.written;
    if (router.source.broken) return state.fail("has a mistake in it");
    const auto& parsed = rule_of(kept);
    if (!parsed) return state.fail(sentence_about(parsed.error(), router.rule));
    for (const RuleNotice& notice : parsed->notices) state.warn(notice.message);
    const auto unused = unused_options(router);
    for (const auto& error : unused.errors) state.fail(error);
    for (const auto& notice : unused.notices) state.warn(notice);
    if (router.priority > max_priority && provider_of(name) != "internal")
        state.fail(fmt::format("priority {} is too high: at most {}", router.priority, max_priority));
    if (state.status == ItemState::Status::disabled) return;
    const auto* service = service_of(name, router, state);
    if (service == nullptr) return;
    auto own = compiler_.filters_.compile(router.middlewares, provider_of(name));
    for (const auto& error : own.errors) state.fail(error);
    for (const auto& notice : own.notices) state.warn(notice);
    if (!own.errors.empty()) return;
    state.priority =
        router.priority != 0 ? router.priority : default_priority(router.rule, *parsed->rule, RuleKind::http);
    place({.name = name, .kept = kept, .service = *service, .former = former, .own = own.filters}, state);
}

const RuleResult<ParsedRule>& Compilation::rule_of(KeptRouter& kept) const {
    const Router& router = *kept.written;
    RuleSyntax syntax = router.default_rule ? RuleSyntax::v3 : options_.rule_syntax;
    if (router.rule_syntax == "v2") syntax = RuleSyntax::v2;
    if (router.rule_syntax == "v3") syntax = RuleSyntax::v3;
    if (!kept.rule || kept.rule->text != router.rule || kept.rule->syntax != syntax) {
        kept.rule.emplace(Compiler::KeptRule{.text = router.rule,
                                             .syntax = syntax,
                                             .parsed = parse_rule(router.rule, RuleKind::http, syntax)});
    }
    return kept.rule->parsed;
}

// Null after an error.
const CompiledService* Compilation::service_of(const std::string& name, const Router& router,
                                               ItemState& state) {
    if (router.service.empty()) {
        state.fail("names no service");
        return nullptr;
    }
    const auto wanted = qualify(router.service, provider_of(name));
    compiler_.dependencies_.look_at({Item::Kind::service, wanted});
    if (!has_service(wanted)) {
        state.fail(no_such_service(wanted));
        return nullptr;
    }
    const auto& service = service_called(wanted);
    if (service.service != nullptr || service.admin || service.choice != nullptr) return &service;
    state.fail(fmt::format("service \"{}\" cannot be used: {}", wanted,
                           service.errors.empty() ? "" : service.errors.front()));
    return nullptr;
}

std::vector<std::size_t> Compilation::places_of(const Router& router, ItemState& state) const {
    std::vector<std::size_t> wanted;
    const auto& all = options_.entry_points;
    for (const std::string& name : router.entry_points) {
        const auto found = std::ranges::find(all, name, &ReadyEntryPoint::name);
        const auto place = static_cast<std::size_t>(found - all.begin());
        if (found == all.end() || found->udp) {
            state.warn(fmt::format("entry point \"{}\" {}", name,
                                   found == all.end() ? "does not exist" : "is of UDP"));
        } else if (std::ranges::find(wanted, place) == wanted.end()) {
            wanted.push_back(place);
        }
    }
    for (std::size_t place = 0; router.entry_points.empty() && place < all.size(); ++place) {
        if (all[place].is_default && !all[place].udp) wanted.push_back(place);
    }
    return wanted;
}

void Compilation::place(const Ready& ready, ItemState& state) {
    const auto wanted = places_of(*ready.kept.written, state);
    if (wanted.empty()) return state.fail("is at no entry point");
    std::vector<std::string> problems;
    for (const std::size_t place : wanted) {
        const auto& name = options_.entry_points[place].name;
        auto problem = put(ready, place, state.priority);
        if (problem.empty()) {
            state.using_entry_points.push_back(name);
        } else {
            problems.push_back(fmt::format("not at entry point \"{}\": {}", name, problem));
        }
    }
    const bool is_nowhere = state.using_entry_points.empty();
    for (auto& problem : problems)
        is_nowhere ? state.fail(std::move(problem)) : state.warn(std::move(problem));
    if (options_.who_goes_first && !is_nowhere && provider_of(ready.name) != "internal")
        note_who_goes_first(ready, state);
}

// A router that nothing is left for stays where it is: it is asked for nothing.
void Compilation::note_who_goes_first(const Ready& ready, ItemState& state) const {
    std::map<std::string, std::string> by_host;
    bool takes_all = true;
    for (const Placed& placed : ready.kept.placed) {
        const auto first =
            options_.who_goes_first(options_.entry_points[placed.place], *ready.kept.rule->parsed->rule);
        by_host.insert(first.by_host.begin(), first.by_host.end());
        takes_all = takes_all && first.takes_all;
    }
    for (const auto& [host, who] : by_host)
        state.hidden_by +=
            fmt::format("{}\"{}\" is answered by {}", state.hidden_by.empty() ? "" : ", ", host, who);
    if (by_host.empty()) return;
    takes_all ? state.fail(state.hidden_by) : state.warn(state.hidden_by);
}

// "", or why the router is not served there.
std::string Compilation::put(const Ready& ready, std::size_t place, std::int64_t priority) {
    const ReadyEntryPoint& entry_point = options_.entry_points[place];
    const Router& router = *ready.kept.written;
    Filters filters = entry_point.filters;
    const auto shared = compiler_.filters_.compile(entry_point.middlewares, provider_of(ready.name));
    if (!shared.errors.empty()) return shared.errors.front();
    filters.insert(filters.end(), shared.filters.begin(), shared.filters.end());
    filters.insert(filters.end(), ready.own.begin(), ready.own.end());
    const bool is_secure = router.tls.has_value() || entry_point.tls;
    if (is_secure && !entry_point.no_tls.empty()) return entry_point.no_tls;
    std::shared_ptr<const model::TlsTerms> agreed;
    if (is_secure) {
        const auto& options = router.tls ? router.tls->options : entry_point.tls_options;
        const auto& terms = compiler_.tls_.terms(options, provider_of(ready.name));
        if (!terms) return terms.error();
        agreed = *terms;
        if (agreed->name != "default" && model::hosts_named_in(*ready.kept.rule->parsed->rule).empty()) {
            compiler_.states_.routers[ready.name].warn(
                fmt::format("names no host: TLS options \"{}\" cannot be applied", agreed->name));
        }
    }
    const auto former = std::ranges::find(ready.former, place, &Placed::place);
    const bool is_known = former != ready.former.end();
    Placed placed{
        .place = place,
        .spot = {},
        .made = route_for(ready, std::move(filters), entry_point, is_known ? &former->made : nullptr),
        .terms = std::move(agreed)};
    model::RuleEntry entry{.rule = ready.kept.rule->parsed->rule,
                           .priority = priority,
                           .precedence = ready.kept.precedence,
                           .name = ready.name,
                           .value = 0,
                           .origin = router.source.origin};
    auto& at = compiler_.places_[place];
    placed.spot = at.put(std::move(entry), placed.made.route, is_secure, is_known ? &former->spot : nullptr);
    if (is_known && placed.spot.rule == former->spot.rule) ready.former.erase(former);
    ready.kept.placed.push_back(std::move(placed));
    return {};
}

Compiler::KeptRoute Compilation::route_for(const Ready& ready, Filters filters,
                                           const ReadyEntryPoint& entry_point,
                                           const Compiler::KeptRoute* former) const {
    const Router& router = *ready.kept.written;
    const bool is_same = former != nullptr && former->written == router &&
                         former->service == ready.service.service && former->choice == ready.service.choice &&
                         former->filters == filters;
    if (is_same) return *former;
    auto route = route_of(ready.name, router, entry_point, ready.service, filters, options_);
    return {.written = router,
            .service = ready.service.service,
            .choice = ready.service.choice,
            .filters = std::move(filters),
            .route = std::move(route)};
}

std::shared_ptr<const model::Site> Compilation::site_of(std::size_t place, bool is_secure) {
    const ReadyEntryPoint& entry_point = options_.entry_points[place];
    auto site = std::make_shared<model::Site>();
    site->name = entry_point.name;
    site->connection.http2 = true;
    site->connection.http2_streams = entry_point.http2_streams;
    site->connection.merge_slashes = false;
    site->connection.ignore_invalid_fields = false;
    site->connection.underscores = true;
    site->connection.header_timeout = entry_point.read_timeout;
    site->connection.header_buffer_bytes = 4096;
    site->connection.large_buffers = 16;
    site->connection.large_buffer_bytes = 64 * 1024;
    site->defaults = route_of_nobody(entry_point, options_);
    site->rules = compiler_.places_[place].rules(is_secure);
    if (is_secure && compiler_.names_[place] != nullptr) {
        site->tls_by_name = compiler_.names_[place];
        site->tls = site->tls_by_name->terms.front()->otherwise;
    }
    return site;
}

void Compilation::add_listeners(std::size_t place, model::Model& model) {
    const ReadyEntryPoint& entry_point = options_.entry_points[place];
    if (entry_point.udp) return add_udp_listeners(entry_point, model);
    const auto tcp_routes = compiler_.tcp_->routes_at(entry_point.name);
    const bool has_tls = entry_point.tls || compiler_.places_[place].has_secure() ||
                         (tcp_routes != nullptr && !tcp_routes->secure.rules().empty());
    const auto plain = site_of(place, false);
    const auto secure = has_tls ? site_of(place, true) : nullptr;
    for (const SocketAddress& address : entry_point.addresses) {
        model::Listener listener;
        listener.address = address;
        listener.text = address.describe();
        listener.options.tls = has_tls;
        listener.options.keep_alive = true;
        listener.options.proxy_protocol = entry_point.proxy_protocol;
        if (address.family() == AF_INET6) listener.options.ipv6_only = true;
        listener.sites.push_back(plain);
        listener.default_site = plain;
        listener.secure_site = secure;
        listener.tcp_routes = tcp_routes;
        model.listeners.push_back(std::move(listener));
    }
}

model::Model Compilation::model() {
    model::Model model;
    compiler_.filters_.list_services(model.services);
    for (const auto& [name, kept] : compiler_.services_) {
        if (kept.compiled.service != nullptr) model.services.push_back(kept.compiled.service);
    }
    const auto& of_tcp = compiler_.tcp_->result().services;
    model.services.insert(model.services.end(), of_tcp.begin(), of_tcp.end());
    const auto& of_udp = compiler_.udp_services_;
    model.services.insert(model.services.end(), of_udp.begin(), of_udp.end());
    for (std::size_t place = 0; place < compiler_.places_.size(); ++place) add_listeners(place, model);
    return model;
}

}   // namespace gatehouse::traefik
