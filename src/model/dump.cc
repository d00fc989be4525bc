#include "model/dump.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "model/service_choice.h"
#include "model/settings.h"

namespace gatehouse::model {
namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...)
    -> Overloaded<Visitors...>;   // clang 14, which builds the fuzz targets, cannot deduce it

class Printer {
public:
    Printer(const Model& model, Origins origins) : model_(model), wording_(model), origins_(origins) {}

    std::string print() {
        print_process();
        for (const auto& listener : model_.listeners) print_listener(listener);
        for (const auto* site : sites_) print_site(*site);
        for (const auto* site : tcp_sites_) print_tcp_site(*site);
        for (const auto& map : model_.maps) print_map(*map);
        for (const auto& map : model_.charset_maps)
            line("charset_map " + map.forth.from + " <-> " + map.forth.to);
        for (const auto& service : model_.services) print_service(*service);
        print_log_formats();
        return std::move(out_);
    }

private:
    class Indent {
    public:
        explicit Indent(Printer& printer) : printer_(printer) { ++printer_.depth_; }
        ~Indent() { --printer_.depth_; }
        Indent(const Indent&) = delete;
        Indent& operator=(const Indent&) = delete;

    private:
        Printer& printer_;
    };

    void line(std::string_view text) { out_.append(2 * depth_, ' ').append(text).append("\n"); }
    void line(std::string text, const Origin& origin) {
        if (origins_ == Origins::shown && origin.source) text += "  # " + origin.describe();
        line(text);
    }
    void print_changes(const std::vector<Setting>& settings, const std::vector<Setting>& around) {
        for (const Setting& setting : settings) {   // a level may have some that the other has not
            if (std::ranges::find(around, setting) != around.end()) continue;
            const std::string key(setting.key);
            if (setting.values.empty()) line(key + " none");
            for (const auto& value : setting.values) line(key + " " + value);
        }
    }

    void print_process();
    void print_listener(const Listener& listener);
    void print_site(const Site& site);
    void print_tcp_site(const TcpSite& site);
    void print_tcp_routers(const std::string& title, const RuleMatcher& matcher, const TcpRoutes& routes);
    void print_tcp_forward(const TcpForward& forward);
    void print_server_tls(const tls::ServerContext& context);
    [[nodiscard]] std::string number_of(const Site& site) { return number_in(sites_, site); }
    [[nodiscard]] std::string number_of(const TcpSite& site) { return number_in(tcp_sites_, site); }
    // Sites are numbered as listeners mention them, and shown once.
    template <class AnySite>
    [[nodiscard]] std::string number_in(std::vector<const AnySite*>& sites, const AnySite& site) {
        const auto [place, is_new] = numbers_.try_emplace(&site, sites.size() + 1);
        if (is_new) sites.push_back(&site);
        return std::to_string(place->second);
    }
    void print_locations(const LocationMatcher& matcher, const Route& around);
    void print_rules(const RuleRoutes& rules, const Route& around);
    void print_route(const Route& route, const Route& around, bool with_script);
    void print_handler(const Route& route);
    void print_forward(const ForwardHandler& handler);
    void print_tunnel(const TunnelHandler& handler);
    void print_client_tls(std::string_view title, const tls::ClientContext& context, bool sends_name);
    void print_script(const Script& script, const Route& around);
    void print_step(const Script::Entry& entry, const Route& around);
    void print_map(const MapBlock& map);
    void print_service(const Service& service);
    void print_log_formats();

    const Model& model_;
    const Wording wording_;
    const Origins origins_;
    std::size_t depth_ = 0;
    std::vector<const Site*> sites_;
    std::vector<const TcpSite*> tcp_sites_;
    std::unordered_map<const void*, std::size_t> numbers_;
    std::string out_;
};

void Printer::print_process() {
    const auto& process = model_.process;
    const auto workers = process.worker_processes == 0 ? "auto" : std::to_string(process.worker_processes);
    auto text = "process: workers " + workers + ", connections " + std::to_string(process.worker_connections);
    if (process.priority) text += ", priority " + std::to_string(*process.priority);
    if (process.rlimit_core) text += ", core dumps " + std::to_string(*process.rlimit_core);
    line(text);
    if (model_.resolver.servers.empty()) return;
    std::string servers;
    for (const auto& server : model_.resolver.servers) servers += " " + server;
    if (model_.resolver.valid) servers += " valid " + in_words(*model_.resolver.valid);
    line("resolver:" + servers);
}

void Printer::print_listener(const Listener& listener) {
    line("listener " + listener.text, listener.origin);
    const Indent indent(*this);
    print_changes(settings_of(listener.options, wording_), settings_of(ListenerOptions(), wording_));
    for (const auto& site : listener.sites) {
        line("site " + number_of(*site) + (site == listener.default_site ? " (default)" : ""));
    }
    if (listener.rule_site) line("site " + number_of(*listener.rule_site) + " (rules, before the default)");
    for (const auto& site : listener.tcp_sites) {
        line("tcp site " + number_of(*site) + (site == listener.default_tcp_site ? " (default)" : ""));
    }
    if (listener.udp_site != nullptr && listener.udp_site->service != nullptr)
        line("datagrams to service " + quoted(listener.udp_site->service->name));
    if (listener.secure_site) line("site " + number_of(*listener.secure_site) + " (over TLS)");
    if (!listener.tcp_routes) return;
    print_tcp_routers("tcp router ", listener.tcp_routes->plain, *listener.tcp_routes);
    print_tcp_routers("tcp router over TLS ", listener.tcp_routes->secure, *listener.tcp_routes);
}

void Printer::print_tcp_routers(const std::string& title, const RuleMatcher& matcher,
                                const TcpRoutes& routes) {
    for (const auto& rule : matcher.rules()) {
        const auto& entry = rule->entry();
        line(title + quoted(entry.name) + " priority " + std::to_string(entry.priority) + " if " +
                 in_words(*entry.rule) + ": tcp site " + number_of(*routes.routes[entry.value].site),
             entry.origin);
    }
}

void Printer::print_site(const Site& site) {
    line("site " + number_of(site) + " " + quoted(site.name), site.origin);
    const Indent indent(*this);
    for (const auto& name : site.names) line("name " + quoted(name.as_written()));
    print_changes(settings_of(site.connection, wording_), settings_of(ConnectionSettings(), wording_));
    const Route built_in;
    const Route& level = site.defaults ? *site.defaults : built_in;
    if (site.tls) print_server_tls(*site.tls);
    print_script(site.script, level);
    print_route(level, built_in, false);
    if (site.routes) print_locations(*site.routes, level);
    if (site.rules) print_rules(*site.rules, level);
}

void Printer::print_rules(const RuleRoutes& rules, const Route& around) {
    for (const auto& filed : rules.matcher->rules()) {
        const RuleEntry& entry = filed->entry();
        line("router " + quoted(entry.name) + " priority " + std::to_string(entry.priority) + " if " +
                 in_words(*entry.rule),
             entry.origin);
        const Indent indent(*this);
        print_route(*rules.routes[entry.value], around, true);
    }
}

void Printer::print_server_tls(const tls::ServerContext& context) {
    line("tls");
    const Indent indent(*this);
    print_changes(settings_of(context.settings(), wording_), settings_of(tls::ServerSettings(), wording_));
}

void Printer::print_tcp_site(const TcpSite& site) {
    line("tcp site " + number_of(site) + " " + quoted(site.name), site.origin);
    const Indent indent(*this);
    for (const auto& name : site.names) line("name " + quoted(name.as_written()));
    if (site.tls) print_server_tls(*site.tls);
    print_changes(settings_of(site, wording_), settings_of(TcpSite(), wording_));
    print_script(site.script, Route());
    std::visit(Overloaded{[&](const std::monostate&) { line("nothing to do"); },
                          [&](const TcpForward& forward) { print_tcp_forward(forward); },
                          [&](const TcpReturn& text) { line("return " + wording_.of(text.text)); }},
               site.handler);
}

void Printer::print_tcp_forward(const TcpForward& forward) {
    line(forward.service ? "pass on to service " + quoted(forward.service->name)
                         : "pass on to " + wording_.of(forward.target),
         forward.origin);
    const Indent indent(*this);
    if (forward.tls) print_client_tls("tls", *forward.tls, forward.tls_sends_name);
    if (forward.tls && !forward.tls_name.empty()) line("tls_name " + wording_.of(forward.tls_name));
    if (forward.tls_unnamed)
        print_client_tls("tls to an address or a group", *forward.tls_unnamed,
                         forward.tls_unnamed_sends_name);
    print_changes(settings_of(forward, wording_), settings_of(TcpForward(), wording_));
}

void Printer::print_locations(const LocationMatcher& matcher, const Route& around) {
    for (const auto& listed : matcher.list()) {
        line("location " + listed.route->name, listed.route->origin);
        const Indent indent(*this);
        print_route(*listed.route, around, true);
        if (listed.nested != nullptr) print_locations(*listed.nested, *listed.route);
    }
}

void Printer::print_route(const Route& route, const Route& around, bool with_script) {
    if (with_script) print_script(route.script, route);
    print_changes(settings_of(route, wording_), settings_of(around, wording_));
    if (with_script && route.limit_except) {
        std::string methods;
        for (const auto& method : route.limit_except->methods) methods += " " + method;
        line("limit_except" + methods);
        const Indent indent(*this);
        print_route(*route.limit_except->otherwise, route, false);
    }
    print_handler(route);
}

void Printer::print_handler(const Route& route) {
    std::visit(
        Overloaded{
            [&](const FilesHandler&) { line("files"); },
            [&](const ForwardHandler& handler) { print_forward(handler); },
            [&](const TunnelHandler& handler) { print_tunnel(handler); },
            [&](const StatusHandler&) { line("stub_status"); },
            [&](const EmptyGifHandler&) { line("empty_gif"); }, [&](const AdminHandler&) { line("admin"); },
            [&](const ChoiceHandler& handler) { line("choose of service " + quoted(handler.choice->name)); }},
        route.handler);
}

void Printer::print_forward(const ForwardHandler& handler) {
    if (handler.service) {
        line("forward " + handler.scheme + " to service " + quoted(handler.service->name), handler.origin);
    } else {
        line("forward to " + wording_.of(handler.target), handler.origin);
    }
    const Indent indent(*this);
    if (handler.service) line("host " + handler.host + " port " + std::to_string(handler.port));
    if (handler.has_uri) {
        line("uri " + quoted(handler.uri) + " for " + std::to_string(handler.location_bytes) +
             " bytes of the path");
    }
    if (handler.tls) print_client_tls("tls", *handler.tls, handler.tls_sends_name);
    if (handler.tls) line("tls_name " + wording_.of(handler.tls_name));
    if (handler.tls_unnamed)
        print_client_tls("tls to an address or a group", *handler.tls_unnamed,
                         handler.tls_unnamed_sends_name);
    print_changes(settings_of(handler, wording_), settings_of(ForwardHandler(), wording_));
}

void Printer::print_tunnel(const TunnelHandler& handler) {
    line(handler.service ? "tunnel to service " + quoted(handler.service->name)
                         : "tunnel to " + wording_.of(handler.target),
         handler.origin);
    const Indent indent(*this);
    print_changes(settings_of(handler, wording_), settings_of(TunnelHandler(), wording_));
}

void Printer::print_client_tls(std::string_view title, const tls::ClientContext& context, bool sends_name) {
    line(title);
    const Indent indent(*this);
    line(sends_name ? "sends the name" : "sends no name");
    line(context.settings().verify ? "verifies" : "does not verify");
    auto around = tls::ClientSettings();
    around.verify = context.settings().verify;
    print_changes(settings_of(context.settings(), wording_), settings_of(around, wording_));
}

void Printer::print_script(const Script& script, const Route& around) {
    for (const auto& entry : script.entries) print_step(entry, around);
}

void Printer::print_step(const Script::Entry& entry, const Route& around) {
    constexpr std::string_view endings[] = {"", " last", " break", " redirect", " permanent"};
    const auto set = [&](const SetStep& step) {
        line("set " + wording_.of(step.target) + " " + wording_.of(step.value), entry.origin);
    };
    const auto rewrite = [&](const RewriteStep& step) {
        line("rewrite " + in_words(*step.regex) + " " + wording_.of(step.replacement) +
                 (step.keep_args ? "" : " without args") +
                 std::string(endings[std::to_underlying(step.then)]),
             entry.origin);
    };
    const auto answer = [&](const ReturnStep& step) {
        const auto& action = step.action;
        line("return " + std::to_string(action.status) +
                 (action.has_text ? " " + wording_.of(action.text) : ""),
             entry.origin);
    };
    const auto condition = [&](const std::shared_ptr<const IfStep>& step) {
        line("if " + wording_.of(step->condition), entry.origin);
        const Indent indent(*this);
        print_script(step->then, around);
        if (!step->route) return;
        line("then");
        const Indent deeper(*this);
        print_route(*step->route, around, false);
    };
    std::visit(
        Overloaded{set, rewrite, answer, condition, [&](const BreakStep&) { line("break", entry.origin); }},
        entry.step);
}

void Printer::print_map(const MapBlock& map) {
    line("map $" + map.name + " from " + wording_.of(map.subject), map.origin);
    const Indent indent(*this);
    if (map.hostnames) line("hostnames");
    if (map.is_volatile) line("volatile");
    const auto print_sorted = [&](const auto& entries, std::string_view before, std::string_view after) {
        const std::map<std::string_view, Template> sorted(entries.begin(), entries.end());
        for (const auto& [key, value] : sorted) {
            line(quoted(std::string(before).append(key).append(after)) + " " + wording_.of(value));
        }
    };
    print_sorted(map.exact, "", "");
    print_sorted(map.leading, "*.", "");
    print_sorted(map.trailing, "", ".*");
    for (const auto& entry : map.regexes) line(in_words(*entry.regex) + " " + wording_.of(entry.value));
    line("default " + wording_.of(map.fallback));
}

void Printer::print_service(const Service& service) {
    line((service.for_tcp       ? "tcp service "
          : service.is_explicit ? "service "
                                : "service in place ") +
             quoted(service.name),
         service.origin);
    const Indent indent(*this);
    if (service.is_explicit || service.balancing != Balancing::round_robin) {
        const auto key = service.hash_key.empty() ? "" : " of " + wording_.of(service.hash_key);
        line("balancing " + std::string(in_words(service.balancing)) + key);
    }
    const auto& pool = service.keepalive;
    const bool keeps = service.is_explicit && !service.for_tcp;
    if (keeps && pool.idle_connections == 0) line("keepalive off");
    if (keeps && pool.idle_connections != 0) {
        line("keepalive " + std::to_string(pool.idle_connections) + " requests " +
             std::to_string(pool.requests) + " time " + in_words(pool.time) + " idle " +
             in_words(pool.idle_timeout));
    }
    for (const auto& server : service.servers) {
        std::string text = "server " + server.as_written();
        if (server.weight != 1) text += " weight " + std::to_string(server.weight);
        if (server.max_conns != 0) text += " max_conns " + std::to_string(server.max_conns);
        if (server.max_fails != 1) text += " max_fails " + std::to_string(server.max_fails);
        if (server.fail_timeout != ServerEntry().fail_timeout)
            text += " fail_timeout " + in_words(server.fail_timeout);
        if (server.backup) text += " backup";
        if (server.down) text += " down";
        if (!server.base_path.empty()) text += " base path " + server.base_path;
        line(text, server.origin);
    }
}

void Printer::print_log_formats() {
    std::map<std::string, const LogFormat*> formats;
    for (const auto& log : model_.access_logs) {
        if (log->format) formats.emplace(log->format->name, log->format.get());
    }
    constexpr std::string_view escapes[] = {"", " escape json", " escape none"};
    for (const auto& [name, format] : formats) {
        line("log_format " + name + std::string(escapes[std::to_underlying(format->escape)]) + " " +
                 wording_.of(format->line),
             format->origin);
    }
}

}   // namespace

std::string dump(const Model& model, Origins origins) { return Printer(model, origins).print(); }

}   // namespace gatehouse::model
