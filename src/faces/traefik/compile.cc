#include "faces/traefik/compile.h"

#include "faces/traefik/compile_tcp.h"
#include "faces/traefik/route_of.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::traefik {

// One run of a compiler.
class Compilation {
public:
    Compilation(Compiler& compiler, const std::vector<Provided>& provided)
        : compiler_(compiler), options_(compiler.options_), provided_(provided) {}

    Compiled run() {
        gather();
        for (const ReadyEntryPoint& entry_point : options_.entry_points)
            places_.push_back({&entry_point, {}, {}, {}, {}});
        unsigned precedence = 0;
        for (const Provided& provider : provided_) {
            for (const auto& [name, router] : provider.configuration.http.routers)
                add_router(qualify(name, provider.name), router, precedence);
            ++precedence;
        }
        compiler_.filters_.end();
        forget_former();
        add_services();
        const auto& tcp = compiler_.tcp_->compile(provided_, options_, compiler_.tls_);
        result_.states.tcp = tcp.states;
        auto& services = result_.model.services;
        services.insert(services.end(), tcp.services.begin(), tcp.services.end());
        for (Place& place : places_) add_listeners(place, tcp);
        return std::move(result_);
    }

private:
    struct Place {   // an entry point with what is served there
        const ReadyEntryPoint* entry_point;
        std::vector<model::RuleEntry> plain, secure;
        std::vector<std::shared_ptr<const model::Route>> routes;
        TermsByHost terms;   // of what is secure
    };
    // A router that can be served, but for the entry point.
    struct Ready {
        std::string name;
        const Router& router;
        const CompiledService& service;
        std::shared_ptr<const model::Rule> rule;
        std::int64_t priority = 0;
        unsigned precedence = 0;
    };

    void gather() {
        MiddlewareTable middlewares;
        for (const Provided& provider : provided_) {
            const auto& http = provider.configuration.http;
            for (const auto& [name, middleware] : http.middlewares) {
                const auto qualified = qualify(name, provider.name);
                middlewares[qualified] = &middleware;
                result_.states.middlewares[qualified];
            }
            for (const auto& [name, service] : http.services)
                services_[qualify(name, provider.name)] = &service;
            for (const auto& [name, transport] : http.servers_transports)
                transports_[qualify(name, provider.name)] = &transport;
            note_others(provider);
        }
        use_tls();
        compiler_.filters_.begin(
            std::move(middlewares),
            {.to = [this](const std::string& service) { return route_to(service); },
             .at = [this](const CompiledService& service) { return page_route(service); }});
        for (auto& [name, state] : result_.states.middlewares) {
            const auto& compiled = compiler_.filters_.compile_one(name);
            for (const auto& error : compiled.errors) state.fail(error);
            for (const auto& notice : compiled.notices) state.warn(notice);
            auto& services = result_.model.services;
            services.insert(services.end(), compiled.services.begin(), compiled.services.end());
        }
        for (const auto& [name, written] : services_) (void)service_called(name);
    }

    // What is not there yet, said of each.
    void note_others(const Provided& provider) {
        for (const auto& [name, unused] : provider.configuration.udp.routers) {
            result_.states.others["UDP router " + qualify(name, provider.name)].fail(
                "UDP is not passed on yet");
        }
    }

    void use_tls() {
        std::vector<TlsWords> words;
        for (const Provided& provider : provided_) {
            if (provider.configuration.tls != TlsConfiguration{})
                words.push_back({provider.name, provider.configuration.tls, provider.files});
        }
        compiler_.tls_.use(std::move(words));
        for (const TlsRemark& remark : compiler_.tls_.remarks()) {
            auto& state = result_.states.others[remark.about];
            remark.is_lost ? state.fail(remark.sentence) : state.warn(remark.sentence);
        }
    }

    // For filters that ask a service of their own accord.
    std::shared_ptr<const model::Route> page_route(const CompiledService& service) {
        static const ReadyEntryPoint nowhere{};
        return route_of("a filter's", Router{}, nowhere, service, {}, options_);
    }
    tl::expected<std::shared_ptr<const model::Route>, std::string> route_to(const std::string& name) {
        if (!services_.contains(name))
            return tl::unexpected(fmt::format("service \"{}\" does not exist", name));
        const auto& service = service_called(name);
        if (service.service == nullptr)
            return tl::unexpected(fmt::format("service \"{}\" cannot be used", name));
        return page_route(service);
    }

    static CompiledService answered_here(const model::AdminHandler& handler) {
        CompiledService compiled;
        compiled.admin = handler;
        return compiled;
    }

    const CompiledService& service_called(const std::string& name) {
        const Service& written = *services_.at(name);
        std::optional<ServersTransport> transport = options_.transport;
        std::string problem;
        if (written.load_balancer && !written.load_balancer->servers_transport.empty()) {
            const auto wanted = qualify(written.load_balancer->servers_transport, provider_of(name));
            const auto found = transports_.find(wanted);
            if (found == transports_.end()) {
                problem = fmt::format("serversTransport \"{}\" does not exist", wanted);
            } else {
                transport = *found->second;
            }
        }
        auto kept = compiler_.services_.find(name);
        const bool is_same = kept != compiler_.services_.end() && kept->second.written == written &&
                             kept->second.written.source.broken == written.source.broken &&
                             kept->second.transport == transport && problem.empty();
        if (!is_same) {
            auto compiled = options_.internal.contains(name)
                                ? answered_here(options_.internal.at(name))
                                : compile_service(name, written, transport ? &*transport : nullptr);
            if (!problem.empty()) {
                compiled.errors.push_back(problem);
                compiled.service = nullptr;
            }
            kept = compiler_.services_
                       .insert_or_assign(name, Compiler::KeptService{.written = written,
                                                                     .transport = transport,
                                                                     .compiled = std::move(compiled)})
                       .first;
        }
        if (!result_.states.services.contains(name)) {
            auto& state = result_.states.services[name];
            for (const auto& error : kept->second.compiled.errors) state.fail(error);
            for (const auto& notice : kept->second.compiled.notices) state.warn(notice);
        }
        return kept->second.compiled;
    }

    const RuleResult<ParsedRule>& rule_of(const std::string& name, const Router& router) {
        RuleSyntax syntax = router.default_rule ? RuleSyntax::v3 : options_.rule_syntax;
        if (router.rule_syntax == "v2") syntax = RuleSyntax::v2;
        if (router.rule_syntax == "v3") syntax = RuleSyntax::v3;
        auto kept = compiler_.rules_.find(name);
        if (kept == compiler_.rules_.end() || kept->second.text != router.rule ||
            kept->second.syntax != syntax) {
            kept =
                compiler_.rules_
                    .insert_or_assign(
                        name, Compiler::KeptRule{.text = router.rule,
                                                 .syntax = syntax,
                                                 .parsed = parse_rule(router.rule, RuleKind::http, syntax)})
                    .first;
        }
        return kept->second.parsed;
    }

    void add_router(const std::string& name, const Router& router, unsigned precedence) {
        ItemState& state = result_.states.routers[name];
        if (router.source.broken) return state.fail("has a mistake in it");
        const auto& parsed = rule_of(name, router);
        if (!parsed) {
            const auto& error = parsed.error();
            return state.fail(fmt::format("rule \"{}\", at byte {}: {}{}{}", router.rule, error.offset + 1,
                                          error.message, error.hint.empty() ? "" : ": ", error.hint));
        }
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
        for (const auto& used : router.middlewares) {
            const auto of_it = result_.states.middlewares.find(qualify(used, provider_of(name)));
            if (of_it != result_.states.middlewares.end()) of_it->second.used_by.push_back(name);
        }
        for (const auto& error : own.errors) state.fail(error);
        for (const auto& notice : own.notices) state.warn(notice);
        if (!own.errors.empty()) return;
        const Ready ready{.name = name,
                          .router = router,
                          .service = *service,
                          .rule = parsed->rule,
                          .priority = router.priority != 0
                                          ? router.priority
                                          : default_priority(router.rule, *parsed->rule, RuleKind::http),
                          .precedence = precedence};
        state.priority = ready.priority;
        place(ready, own.filters, state);
    }

    static std::string no_such_service(const std::string& wanted) {
        std::string sentence = fmt::format("service \"{}\" does not exist", wanted);
        if (wanted == "api@internal") sentence += ": the API is off, switch it on with --api";
        if (wanted == "dashboard@internal") sentence += ": the page is off, switch it on with --api";
        if (wanted == "ping@internal") sentence += ": ping is off, switch it on with --ping";
        return sentence;
    }

    // Null after an error.
    const CompiledService* service_of(const std::string& name, const Router& router, ItemState& state) {
        const auto wanted = qualify(router.service, provider_of(name));
        if (router.service.empty()) {
            state.fail("names no service");
            return nullptr;
        }
        if (!services_.contains(wanted)) {
            state.fail(no_such_service(wanted));
            return nullptr;
        }
        result_.states.services[wanted].used_by.push_back(name);
        const auto& service = service_called(wanted);
        if (service.service != nullptr || service.admin) return &service;
        state.fail(fmt::format("service \"{}\" cannot be used: {}", wanted,
                               service.errors.empty() ? "" : service.errors.front()));
        return nullptr;
    }

    void place(const Ready& ready, const Filters& own, ItemState& state) {
        std::vector<Place*> wanted;
        for (const std::string& name : ready.router.entry_points) {
            const auto found =
                std::ranges::find(places_, name, [](const Place& p) { return p.entry_point->name; });
            if (found == places_.end()) {
                state.warn(fmt::format("entry point \"{}\" does not exist", name));
            } else if (std::ranges::find(wanted, &*found) == wanted.end()) {
                wanted.push_back(&*found);
            }
        }
        if (ready.router.entry_points.empty()) {
            for (Place& place : places_) {
                if (place.entry_point->is_default) wanted.push_back(&place);
            }
        }
        if (wanted.empty()) return state.fail("is at no entry point");
        std::vector<std::string> problems;
        for (Place* place : wanted) {
            const auto& name = place->entry_point->name;
            auto problem = put(ready, own, *place);
            if (problem.empty()) {
                state.using_entry_points.push_back(name);
            } else {
                problems.push_back(fmt::format("not at entry point \"{}\": {}", name, problem));
            }
        }
        const bool is_nowhere = state.using_entry_points.empty();
        for (auto& problem : problems)
            is_nowhere ? state.fail(std::move(problem)) : state.warn(std::move(problem));
    }

    // "", or why the router is not served there.
    std::string put(const Ready& ready, const Filters& own, Place& place) {
        const ReadyEntryPoint& entry_point = *place.entry_point;
        Filters filters = entry_point.filters;
        const auto shared = compiler_.filters_.compile(entry_point.middlewares, provider_of(ready.name));
        if (!shared.errors.empty()) return shared.errors.front();
        filters.insert(filters.end(), shared.filters.begin(), shared.filters.end());
        filters.insert(filters.end(), own.begin(), own.end());
        const bool is_secure = ready.router.tls.has_value() || entry_point.tls;
        if (is_secure) {
            const auto& options = ready.router.tls ? ready.router.tls->options : entry_point.tls_options;
            const auto& terms = compiler_.tls_.terms(options, provider_of(ready.name));
            if (!terms) return terms.error();
            place.terms.add(ready.name, *ready.rule, *terms);
        }
        auto& entries = is_secure ? place.secure : place.plain;
        entries.push_back({.rule = ready.rule,
                           .priority = ready.priority,
                           .precedence = ready.precedence,
                           .name = ready.name,
                           .value = static_cast<std::uint32_t>(place.routes.size()),
                           .origin = ready.router.source.origin});
        place.routes.push_back(route_for(ready, std::move(filters), entry_point));
        return {};
    }

    std::shared_ptr<const model::Route> route_for(const Ready& ready, Filters filters,
                                                  const ReadyEntryPoint& entry_point) {
        auto key = ready.name + ' ' + entry_point.name;
        const auto kept = compiler_.routes_.find(key);
        if (kept != compiler_.routes_.end() && kept->second.written == ready.router &&
            kept->second.service == ready.service.service && kept->second.filters == filters) {
            kept->second.is_used = true;
            return kept->second.route;
        }
        auto route = route_of(ready.name, ready.router, entry_point, ready.service, filters, options_);
        compiler_.routes_.insert_or_assign(std::move(key),
                                           Compiler::KeptRoute{.written = ready.router,
                                                               .service = ready.service.service,
                                                               .filters = std::move(filters),
                                                               .route = route,
                                                               .is_used = true});
        return route;
    }

    void forget_former() {
        std::erase_if(compiler_.rules_,
                      [&](const auto& kept) { return !result_.states.routers.contains(kept.first); });
        std::erase_if(compiler_.services_, [&](const auto& kept) { return !services_.contains(kept.first); });
        for (auto kept = compiler_.routes_.begin(); kept != compiler_.routes_.end();) {
            const bool is_used = std::exchange(kept->second.is_used, false);
            kept = is_used ? std::next(kept) : compiler_.routes_.erase(kept);
        }
    }

    void add_services() {
        for (const auto& [name, kept] : compiler_.services_) {
            if (kept.compiled.service != nullptr) result_.model.services.push_back(kept.compiled.service);
        }
    }

    std::shared_ptr<const model::Site> site_of(const Place& place, std::vector<model::RuleEntry> entries,
                                               bool is_secure) {
        auto site = std::make_shared<model::Site>();
        site->name = place.entry_point->name;
        site->connection.http2 = true;
        site->connection.http2_streams = place.entry_point->http2_streams;
        site->connection.merge_slashes = false;
        site->connection.ignore_invalid_fields = false;
        site->connection.underscores = true;
        site->connection.header_timeout = place.entry_point->read_timeout;
        site->connection.header_buffer_bytes = 4096;
        site->connection.large_buffers = 16;
        site->connection.large_buffer_bytes = 64 * 1024;
        site->defaults = route_of_nobody(*place.entry_point, options_);
        site->rules = std::make_unique<const model::RuleRoutes>(
            model::RuleRoutes{.matcher = model::RuleMatcher(std::move(entries)), .routes = place.routes});
        if (is_secure) set_terms(place, *site);
        return site;
    }

    void set_terms(const Place& place, model::Site& site) {
        const auto usual = compiler_.tls_.usual_terms();
        if (usual == nullptr) return;
        site.tls = usual->otherwise;
        std::vector<TermsByHost::Warning> warnings;
        site.tls_by_name = place.terms.make(usual, warnings);
        for (auto& warning : warnings) result_.states.routers[warning.router].warn(warning.sentence);
    }

    // What a TCP router for everything leaves nothing of is said.
    void warn_of_shadows(const Place& place, const model::TcpRoutes& tcp) {
        if (place.plain.empty()) return;
        for (const auto& entry : tcp.plain.entries()) {
            if (!tcp.routes[entry.value].is_catch_all) continue;
            result_.states.tcp.routers[entry.name].warn(
                fmt::format("takes every connection without TLS at entry point \"{}\": no HTTP router "
                            "without tls gets any",
                            place.entry_point->name));
        }
    }

    void add_listeners(Place& place, const TcpCompiler::Result& tcp) {
        const auto found = tcp.routes.find(place.entry_point->name);
        const auto tcp_routes = found == tcp.routes.end() ? nullptr : found->second;
        if (tcp_routes != nullptr) warn_of_shadows(place, *tcp_routes);
        const bool has_tls = place.entry_point->tls || !place.secure.empty() ||
                             (tcp_routes != nullptr && !tcp_routes->secure.entries().empty());
        const auto plain = site_of(place, std::move(place.plain), false);
        const auto secure = has_tls ? site_of(place, std::move(place.secure), true) : nullptr;
        for (const SocketAddress& address : place.entry_point->addresses) {
            model::Listener listener;
            listener.address = address;
            listener.text = address.describe();
            listener.options.tls = has_tls;
            listener.options.keep_alive = true;
            listener.options.proxy_protocol = place.entry_point->proxy_protocol;
            if (address.family() == AF_INET6) listener.options.ipv6_only = true;
            listener.sites.push_back(plain);
            listener.default_site = plain;
            listener.secure_site = secure;
            listener.tcp_routes = tcp_routes;
            result_.model.listeners.push_back(std::move(listener));
        }
    }

    Compiler& compiler_;
    const CompilerOptions& options_;
    const std::vector<Provided>& provided_;
    std::map<std::string, const Service*> services_;
    std::map<std::string, const ServersTransport*> transports_;
    std::vector<Place> places_;
    Compiled result_;
};

std::vector<StateNews> news_of(const States& states, const States& former) {
    std::vector<StateNews> news;
    const auto compare = [&](std::string_view what, const auto& now, const auto& before) {
        for (const auto& [name, state] : now) {
            const auto known = before.find(name);
            if (known != before.end() && known->second.errors == state.errors) continue;
            const bool is_served = state.status != ItemState::Status::disabled;
            for (const auto& error : state.errors)
                news.push_back({is_served, fmt::format("{}{}{}: {}", what, name,
                                                       is_served ? "" : " is not served", error)});
        }
    };
    compare("router ", states.routers, former.routers);
    compare("service ", states.services, former.services);
    compare("middleware ", states.middlewares, former.middlewares);
    compare("TCP router ", states.tcp.routers, former.tcp.routers);
    compare("TCP service ", states.tcp.services, former.tcp.services);
    compare("TCP middleware ", states.tcp.middlewares, former.tcp.middlewares);
    compare("", states.others, former.others);
    return news;
}

Compiler::Compiler(CompilerOptions options)
    : options_(std::move(options)),
      tls_(options_.default_certificate),
      tcp_(std::make_unique<TcpCompiler>()) {}

Compiler::~Compiler() = default;

Compiled Compiler::compile(const std::vector<Provided>& provided) {
    return Compilation(*this, provided).run();
}

}   // namespace gatehouse::traefik
