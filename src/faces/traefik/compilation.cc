#include "faces/traefik/compilation.h"

#include "faces/traefik/forwarding.h"
#include "faces/traefik/route_of.h"
#include "faces/traefik/unused_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace gatehouse::traefik {

void Compilation::make_everything() {
    compiler_.dependencies_.clear();
    gather();
    std::set<Item> all;
    for (const auto& [name, unused] : compiler_.filters_.table()) all.insert({Item::Kind::middleware, name});
    for (const auto& [name, unused] : compiler_.services_) all.insert({Item::Kind::service, name});
    for (const auto& [name, unused] : compiler_.routers_) all.insert({Item::Kind::router, name});
    use_tls();
    make(all);
    make_tcp();
    make_udp();
    make_names();
}

// What there is, in place of what there was.
void Compilation::gather() {
    auto& routers = compiler_.routers_;
    auto& services = compiler_.services_;
    auto& transports = compiler_.transports_;
    for (auto& [unused, router] : routers) router.written = nullptr;
    for (auto& [unused, service] : services) {
        service.now = nullptr;
        service.is_current = false;
    }
    transports.clear();
    MiddlewareTable middlewares;
    unsigned precedence = 0;
    for (const Provided& provider : provided_) {
        const auto& http = provider.configuration.http;
        for (const auto& [name, middleware] : http.middlewares)
            middlewares[qualify(name, provider.name)] = &middleware;
        for (const auto& [name, service] : http.services)
            services[qualify(name, provider.name)].now = &service;
        for (const auto& [name, transport] : http.servers_transports)
            transports[qualify(name, provider.name)] = &transport;
        for (const auto& [name, router] : http.routers) {
            auto& kept = routers[qualify(name, provider.name)];
            kept.written = &router;
            kept.precedence = precedence;
        }
        ++precedence;
    }
    compiler_.filters_.table() = std::move(middlewares);
    compiler_.filters_.forget_all();
}

bool Compilation::make_changes(std::string_view provider, const ConfigurationChanges& changes) {
    const auto said = std::ranges::find(provided_, provider, &Provided::name);
    if (said == provided_.end()) return false;
    States former;   // of all but HTTP
    former.others = compiler_.states_.others;
    if (changes.others) {
        former.tcp = compiler_.states_.tcp;
        former.udp = compiler_.states_.udp;
        const auto version = compiler_.tls_.version();
        const auto said_of_tls = compiler_.states_.tls;
        use_tls();
        if (compiler_.tls_.version() != version) {
            compiler_.states_.tls = said_of_tls;
            return false;
        }
    }
    const auto& http = said->configuration.http;
    const auto find = [](const auto& items, const std::string& name) {
        const auto found = items.find(name);
        return found == items.end() ? nullptr : &found->second;
    };
    std::set<Item> changed;
    for (const std::string& name : changes.middlewares) {
        auto qualified = qualify(name, provider);
        MiddlewareTable& table = compiler_.filters_.table();
        const auto* written = find(http.middlewares, name);
        if (written != nullptr) {
            table[qualified] = written;
        } else {
            table.erase(qualified);
        }
        changed.insert({Item::Kind::middleware, std::move(qualified)});
    }
    for (const std::string& name : changes.services) {
        auto qualified = qualify(name, provider);
        compiler_.services_[qualified].now = find(http.services, name);
        changed.insert({Item::Kind::service, std::move(qualified)});
    }
    for (const std::string& name : changes.routers) {
        auto qualified = qualify(name, provider);
        auto& kept = compiler_.routers_[qualified];
        kept.written = find(http.routers, name);
        kept.precedence = static_cast<unsigned>(said - provided_.begin());
        changed.insert({Item::Kind::router, std::move(qualified)});
    }
    make(compiler_.dependencies_.affected_by(std::move(changed)));
    if (changes.others) {
        make_tcp();
        make_udp();
    }
    compiler_.states_.others.clear();
    make_names();
    States now;
    if (changes.others) {
        now.tcp = compiler_.states_.tcp;
        now.udp = compiler_.states_.udp;
    }
    now.others = compiler_.states_.others;
    for (auto& news : news_of(now, former)) compiler_.news_.push_back(std::move(news));
    return true;
}

void Compilation::make(const std::set<Item>& items) {
    States former;
    forget(items, former);
    compiler_.filters_.begin({.to = [this](const std::string& service) { return route_to(service); },
                              .at = [this](const CompiledService& service) { return page_route(service); }},
                             compiler_.dependencies_);
    for (const auto& [kind, name] : items) {
        if (kind == Item::Kind::middleware) make_middleware(name);
        if (kind == Item::Kind::service && has_service(name)) (void)service_called(name);
    }
    for (const auto& [kind, name] : items) {
        if (kind != Item::Kind::router) continue;
        const auto router = compiler_.routers_.find(name);
        if (router != compiler_.routers_.end()) make_router(name, router->second);
    }
    compiler_.filters_.end();
    drop_what_is_gone(items);
    note_news(items, former);
}

void Compilation::forget(const std::set<Item>& items, States& former) {
    auto& now = compiler_.states_;
    const auto set_aside = [](auto& from, auto& to, const std::string& name) {
        if (auto state = from.extract(name)) to.insert(std::move(state));
    };
    for (const Item& item : items) {
        const auto& [kind, name] = item;
        compiler_.dependencies_.forget(item);
        if (kind == Item::Kind::middleware) {
            set_aside(now.middlewares, former.middlewares, name);
            compiler_.filters_.forget(name);
        } else if (kind == Item::Kind::service) {
            set_aside(now.services, former.services, name);
            const auto service = compiler_.services_.find(name);
            if (service != compiler_.services_.end()) service->second.is_current = false;
        } else if (kind == Item::Kind::router) {
            set_aside(now.routers, former.routers, name);
        }
    }
}

void Compilation::drop_what_is_gone(const std::set<Item>& items) {
    for (const auto& [kind, name] : items) {
        if (kind == Item::Kind::service && !has_service(name)) compiler_.services_.erase(name);
        const auto router = compiler_.routers_.find(name);
        const bool is_gone = router != compiler_.routers_.end() && router->second.written == nullptr;
        if (kind == Item::Kind::router && is_gone) compiler_.routers_.erase(router);
    }
}

void Compilation::note_news(const std::set<Item>& items, const States& former) {
    States now;
    const auto copy = [](const auto& from, auto& to, const std::string& name) {
        if (const auto found = from.find(name); found != from.end()) to.insert(*found);
    };
    for (const auto& [kind, name] : items) {
        if (kind == Item::Kind::middleware) copy(compiler_.states_.middlewares, now.middlewares, name);
        if (kind == Item::Kind::service) copy(compiler_.states_.services, now.services, name);
        if (kind == Item::Kind::router) copy(compiler_.states_.routers, now.routers, name);
    }
    compiler_.news_ = news_of(now, former);
}

void Compilation::make_middleware(const std::string& name) {
    if (!compiler_.filters_.table().contains(name)) return;
    ItemState& state = compiler_.states_.middlewares[name];
    const auto& compiled = compiler_.filters_.compile_one(name);
    for (const auto& error : compiled.errors) state.fail(error);
    for (const auto& notice : compiled.notices) state.warn(notice);
}

// For filters that ask a service of their own accord.
std::shared_ptr<const model::Route> Compilation::page_route(const CompiledService& service) const {
    static const ReadyEntryPoint nowhere{};
    return route_of("a filter's", Router{}, nowhere, service, {}, options_);
}

tl::expected<std::shared_ptr<const model::Route>, std::string> Compilation::route_to(
    const std::string& name) {
    compiler_.dependencies_.look_at({Item::Kind::service, name});
    if (!has_service(name)) return tl::unexpected(fmt::format("service \"{}\" does not exist", name));
    const auto& service = service_called(name);
    if (service.service == nullptr && service.choice == nullptr)
        return tl::unexpected(fmt::format("service \"{}\" cannot be used", name));
    return page_route(service);
}

bool Compilation::has_service(const std::string& name) const {
    const auto found = compiler_.services_.find(name);
    return found != compiler_.services_.end() && found->second.now != nullptr;
}

const CompiledService& Compilation::service_called(const std::string& name) {
    compiler_.dependencies_.look_at({Item::Kind::service, name});
    KeptService& kept = compiler_.services_.at(name);
    if (kept.is_current) return kept.compiled;
    {
        const Dependencies::Making making(compiler_.dependencies_, {Item::Kind::service, name});
        remake(name, kept);
    }
    kept.is_current = true;
    auto& state = compiler_.states_.services[name];
    for (const auto& error : kept.compiled.errors) state.fail(error);
    for (const auto& notice : kept.compiled.notices) state.warn(notice);
    return kept.compiled;
}

// Unless it is as it was.
void Compilation::remake(const std::string& name, KeptService& kept) {
    const Service& written = *kept.now;
    const auto internal = options_.internal.find(name);
    if (internal != options_.internal.end()) {
        kept.compiled = {};
        kept.compiled.admin = internal->second;
        return;
    }
    if (is_choice(written)) return remake_choice(name, kept);
    std::optional<ServersTransport> transport = options_.transport;
    std::string problem;
    if (written.load_balancer && !written.load_balancer->servers_transport.empty()) {
        const auto wanted = qualify(written.load_balancer->servers_transport, provider_of(name));
        compiler_.dependencies_.look_at({Item::Kind::transport, wanted});
        const auto found = compiler_.transports_.find(wanted);
        if (found == compiler_.transports_.end()) {
            problem = fmt::format("serversTransport \"{}\" does not exist", wanted);
        } else {
            transport = *found->second;
        }
    }
    const bool is_same = kept.compiled.service != nullptr && kept.written == written &&
                         kept.written.source.broken == written.source.broken && kept.transport == transport &&
                         problem.empty();
    if (is_same) return;
    kept.compiled = compile_service(name, written, transport ? &*transport : nullptr);
    kept.written = written;
    kept.transport = std::move(transport);
    if (problem.empty()) return;
    kept.compiled.errors.push_back(problem);
    kept.compiled.service = nullptr;
}

void Compilation::remake_choice(const std::string& name, KeptService& kept) {
    choices_.push_back(name);
    auto made =
        compile_choice(name, *kept.now, [this](const std::string& part) { return part_called(part); });
    choices_.pop_back();
    const auto& former = kept.compiled.choice;
    if (former != nullptr && made.choice != nullptr && model::is_same(*former, *made.choice))
        made.choice = former;
    kept.compiled = std::move(made);
}

FoundPart Compilation::part_called(const std::string& name) {
    FoundPart found;
    compiler_.dependencies_.look_at({Item::Kind::service, name});
    if (!has_service(name)) {
        found.problem = fmt::format("service \"{}\" does not exist", name);
        return found;
    }
    if (std::ranges::find(choices_, name) != choices_.end()) {
        found.problem = fmt::format("service \"{}\" is made of itself: {} -> {}", name,
                                    fmt::join(choices_, " -> "), name);
        return found;
    }
    (void)service_called(name);
    auto& compiled = compiler_.services_.at(name).compiled;
    if (compiled.service != nullptr && compiled.as_part == nullptr) {
        compiled.as_part = std::make_shared<const model::ForwardHandler>(
            forwarding_to(compiled, compiler_.services_.at(name).now->source.origin));
    }
    found.forward = compiled.as_part;
    found.choice = compiled.choice;
    found.reports_health = compiled.reports_health;
    if (found.forward == nullptr && found.choice == nullptr) {
        found.problem = fmt::format(
            "service \"{}\" cannot be used: {}", name,
            compiled.errors.empty() ? "the program itself answers there" : compiled.errors.front());
    }
    return found;
}

}   // namespace gatehouse::traefik
