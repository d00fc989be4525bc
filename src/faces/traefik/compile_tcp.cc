#include "faces/traefik/compile_tcp.h"

#include "faces/traefik/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::traefik {

namespace {

bool looks_at(const model::Rule& rule, auto is_wanted) {
    if (rule.kind == model::Rule::Kind::test) return is_wanted(rule.test.kind);
    return std::ranges::any_of(rule.parts, [&](const auto& part) { return looks_at(part, is_wanted); });
}

bool is_of_name(model::RuleTest::Kind kind) {
    using Kind = model::RuleTest::Kind;
    return kind == Kind::host || kind == Kind::host_label_below || kind == Kind::host_below;
}

bool is_of_hello(model::RuleTest::Kind kind) {
    using Kind = model::RuleTest::Kind;
    return is_of_name(kind) || kind == Kind::host_regex || kind == Kind::protocol;
}

// HostSNI(`*`) and nothing else.
bool takes_all(const model::Rule& rule) {
    return rule.kind == model::Rule::Kind::test && rule.test.kind == model::RuleTest::Kind::always &&
           !rule.test.negated;
}

const FileTexts& texts_in(const std::shared_ptr<const FileTexts>& files) {
    static const FileTexts none;
    return files == nullptr ? none : *files;
}

}   // namespace

class TcpCompilation {
public:
    TcpCompilation(TcpCompiler& compiler, const CompilerOptions& options, TlsCompiler& tls)
        : compiler_(compiler),
          options_(options),
          tls_(tls),
          services_(options.tcp_transport, texts_in(options.files)) {}

    TcpCompiler::Result run() {
        for (const ReadyEntryPoint& entry_point : options_.entry_points) {
            if (!entry_point.udp) places_.push_back({&entry_point, {}, {}, {}});
        }
        gather();
        unsigned precedence = 0;
        for (const auto& words : compiler_.words_) {
            for (const auto& [name, router] : words.configuration.routers)
                add_router(qualify(name, words.provider), router, precedence);
            ++precedence;
        }
        std::erase_if(compiler_.rules_,
                      [&](const auto& kept) { return !result_.states.routers.contains(kept.first); });
        std::erase_if(compiler_.filters_, [&](const auto& kept) { return !filters_.contains(kept.first); });
        for (Place& place : places_) finish(place);
        return std::move(result_);
    }

private:
    struct Place {
        const ReadyEntryPoint* entry_point;
        std::vector<model::RuleEntry> plain, secure;
        std::vector<model::TcpRoute> routes;
    };
    using Filter = std::shared_ptr<const model::TcpFilter>;

    void gather() {
        for (const auto& words : compiler_.words_) {
            const auto& [routers, services, middlewares, transports] = words.configuration;
            for (const auto& [name, written] : services)
                services_.add_service(qualify(name, words.provider), written);
            for (const auto& [name, written] : transports)
                services_.add_transport(qualify(name, words.provider), written, texts_in(words.files));
            for (const auto& [name, written] : middlewares)
                add_filter(qualify(name, words.provider), written);
        }
        for (const auto& words : compiler_.words_) {
            for (const auto& [name, unused] : words.configuration.services)
                add_service(qualify(name, words.provider));
        }
    }

    void add_service(const std::string& name) {
        auto compiled = services_.compile(name);
        auto& state = result_.states.services[name];
        for (const auto& error : compiled.errors) state.fail(error);
        for (const auto& notice : compiled.notices) state.warn(notice);
        if (compiled.service != nullptr) result_.services.push_back(compiled.service);
        compiled_[name] = std::move(compiled);
    }

    void add_filter(const std::string& name, const TcpMiddleware& written) {
        auto& state = result_.states.middlewares[name];
        auto& filter = filters_[name];
        const int types = int{written.in_flight_conn.has_value()} + int{written.ip_allow_list.has_value()} +
                          int{written.ip_white_list.has_value()};
        if (types == 0) state.fail("is of no type, or of one that is switched off");
        if (types > 1) state.fail("is of several types: each needs a middleware of its own");
        if (written.source.broken) state.fail("has a mistake in it");
        if (state.status == ItemState::Status::disabled) return;
        const auto kept = compiler_.filters_.find(name);
        if (kept != compiler_.filters_.end() && kept->second.written == written) {
            filter = kept->second.filter;
            return;
        }
        auto made = std::make_shared<model::TcpFilter>();
        made->name = name;
        if (written.in_flight_conn) {
            if (written.in_flight_conn->amount < 1)
                return state.fail("inFlightConn needs an amount of 1 or more");
            model::ConnectionsInFlight settings;
            settings.most = static_cast<std::uint64_t>(written.in_flight_conn->amount);
            made->settings = std::move(settings);
        } else {
            const auto& list = written.ip_allow_list ? *written.ip_allow_list : *written.ip_white_list;
            made->settings = allow(list, state);
        }
        if (state.status == ItemState::Status::disabled) return;
        filter = std::move(made);
        compiler_.filters_.insert_or_assign(name, TcpCompiler::KeptFilter{written, filter});
    }

    static model::AllowConnections allow(const TcpIpAllowList& list, ItemState& state) {
        model::AllowConnections settings;
        if (list.source_range.empty()) state.fail("ipAllowList needs a sourceRange");
        for (const std::string& text : list.source_range) {
            bool ignored = false;
            if (const auto network = model::Network::parse(text, ignored)) {
                settings.networks.push_back(*network);
            } else {
                state.fail(fmt::format("\"{}\" is neither an address nor a network (CIDR)", text));
            }
        }
        return settings;
    }

    void add_router(const std::string& name, const TcpRouter& router, unsigned precedence) {
        ItemState& state = result_.states.routers[name];
        if (router.source.broken) return state.fail("has a mistake in it");
        const auto rule = rule_of(name, router, state);
        if (rule == nullptr) return;
        const bool is_secure = router.tls.has_value();
        if (!is_secure && looks_at(*rule, is_of_name))
            return state.fail("has HostSNI but no tls: without TLS nobody says a name, use HostSNI(`*`)");
        if (!is_secure && looks_at(*rule, is_of_hello))
            state.warn("has no tls: without TLS there is neither a name nor ALPN to match");
        if (router.priority > max_priority)
            return state.fail(
                fmt::format("priority {} is too high: at most {}", router.priority, max_priority));
        state.priority =
            router.priority != 0 ? router.priority : default_priority(router.rule, *rule, RuleKind::tcp);
        auto site = std::make_shared<model::TcpSite>();
        site->name = name;
        site->origin = router.source.origin;
        site->error_logs = options_.error_logs;
        if (!take_service(name, router, *site, state) || !take_filters(name, router, *site, state) ||
            !take_tls(name, router, *site, state))
            return;
        const model::RuleEntry entry{.rule = rule,
                                     .priority = state.priority,
                                     .precedence = precedence,
                                     .name = name,
                                     .value = 0,
                                     .origin = router.source.origin};
        place(router, entry, {.site = std::move(site), .is_catch_all = takes_all(*rule)}, state);
    }

    std::shared_ptr<const model::Rule> rule_of(const std::string& name, const TcpRouter& router,
                                               ItemState& state) {
        RuleSyntax syntax = options_.rule_syntax;
        const std::string& wanted = router.rule_syntax;
        if (wanted == "v2") syntax = RuleSyntax::v2;
        if (wanted == "v3") syntax = RuleSyntax::v3;
        if (!wanted.empty() && wanted != "v2" && wanted != "v3" && wanted != "default") {
            state.fail(fmt::format("ruleSyntax \"{}\" is not known: use v2 or v3", wanted));
            return nullptr;
        }
        auto& kept = compiler_.rules_[name];
        if (kept == nullptr || kept->text != router.rule || kept->syntax != syntax) {
            kept = std::make_unique<const TcpCompiler::KeptRule>(
                TcpCompiler::KeptRule{.text = router.rule,
                                      .syntax = syntax,
                                      .parsed = parse_rule(router.rule, RuleKind::tcp, syntax)});
        }
        const auto& parsed = kept->parsed;
        if (!parsed) {
            state.fail(sentence_about(parsed.error(), router.rule));
            return nullptr;
        }
        for (const RuleNotice& notice : parsed->notices) state.warn(notice.message);
        return parsed->rule;
    }

    bool take_service(const std::string& name, const TcpRouter& router, model::TcpSite& site,
                      ItemState& state) {
        const auto wanted = qualify(router.service, provider_of(name));
        const auto found = compiled_.find(wanted);
        if (router.service.empty()) {
            state.fail("names no service");
        } else if (found == compiled_.end()) {
            state.fail(fmt::format("service \"{}\" does not exist", wanted));
        } else {
            const auto& service = found->second;
            if (service.service == nullptr)
                state.fail(fmt::format("service \"{}\" cannot be used: {}", wanted, service.errors.front()));
            model::TcpForward forward = service.forward;
            forward.service = service.service;
            forward.origin = router.source.origin;
            site.handler = std::move(forward);
        }
        return state.status != ItemState::Status::disabled;
    }

    bool take_filters(const std::string& name, const TcpRouter& router, model::TcpSite& site,
                      ItemState& state) {
        for (const std::string& used : router.middlewares) {
            const auto wanted = qualify(used, provider_of(name));
            const auto found = filters_.find(wanted);
            if (found == filters_.end()) {
                state.fail(fmt::format("middleware \"{}\": does not exist", wanted));
                continue;
            }
            const auto& of_it = result_.states.middlewares[wanted];
            if (found->second != nullptr) {
                site.filters.push_back(found->second);
            } else {
                state.fail(fmt::format("middleware \"{}\": {}", wanted, of_it.errors.front()));
            }
        }
        return state.status != ItemState::Status::disabled;
    }

    bool take_tls(const std::string& name, const TcpRouter& router, model::TcpSite& site, ItemState& state) {
        if (!router.tls || router.tls->passthrough) return true;
        if (!router.tls->cert_resolver.empty() || !router.tls->domains.empty())
            state.warn("tls.certResolver and tls.domains are not acted on: no certificates are obtained");
        const auto& terms = tls_.terms(router.tls->options, provider_of(name));
        if (!terms) {
            state.fail(terms.error());
            return false;
        }
        site.tls_terms = *terms;
        site.tls = (*terms)->otherwise;
        return true;
    }

    void place(const TcpRouter& router, const model::RuleEntry& entry, const model::TcpRoute& route,
               ItemState& state) {
        const auto is_wanted = [&](const ReadyEntryPoint& entry_point) {
            if (router.entry_points.empty()) return entry_point.is_default;
            return std::ranges::find(router.entry_points, entry_point.name) != router.entry_points.end();
        };
        for (const std::string& name : router.entry_points) {
            const auto has_name = [&](const Place& place) { return place.entry_point->name == name; };
            if (std::ranges::none_of(places_, has_name))
                state.warn(fmt::format("entry point \"{}\" does not exist", name));
        }
        for (Place& place : places_) {
            if (!is_wanted(*place.entry_point)) continue;
            if (const auto& why_not = place.entry_point->no_tcp; !why_not.empty()) return state.fail(why_not);
            auto& entries = router.tls ? place.secure : place.plain;
            entries.push_back(entry);
            entries.back().value = static_cast<std::uint32_t>(place.routes.size());
            place.routes.push_back(route);
            state.using_entry_points.push_back(place.entry_point->name);
        }
        if (state.using_entry_points.empty()) state.fail("is at no entry point");
    }

    void finish(Place& place) {
        if (place.routes.empty()) return;
        auto routes = std::make_shared<model::TcpRoutes>();
        routes->plain = model::RuleMatcher(std::move(place.plain));
        routes->secure = model::RuleMatcher(std::move(place.secure));
        routes->routes = std::move(place.routes);
        routes->real_ip = place.entry_point->real_ip;
        result_.routes[place.entry_point->name] = std::move(routes);
    }

    TcpCompiler& compiler_;
    const CompilerOptions& options_;
    TlsCompiler& tls_;
    TcpServices services_;
    std::map<std::string, CompiledTcpService> compiled_;
    std::map<std::string, Filter> filters_;   // null: it cannot be had
    std::vector<Place> places_;
    TcpCompiler::Result result_;
};

void TcpCompiler::compile(const std::vector<Provided>& provided, const CompilerOptions& options,
                          TlsCompiler& tls) {
    std::vector<Words> words;
    for (const Provided& provider : provided) {
        if (provider.configuration.tcp != TcpConfiguration{})
            words.push_back({provider.name, provider.configuration.tcp, provider.files});
    }
    if (is_ready_ && words == words_ && tls_version_ == tls.version()) return;
    is_ready_ = true;
    words_ = std::move(words);
    tls_version_ = tls.version();
    result_ = TcpCompilation(*this, options, tls).run();
}

}   // namespace gatehouse::traefik
