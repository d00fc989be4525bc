// The end of a level: what could not be decided before all of its directives were known.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "faces/nginx/level.h"

namespace gatehouse::nginx {
namespace {

// What nginx sends unless proxy_set_header names the field: the host of proxy_pass, and no field that
// concerns one connection only (RFC 9110 7.6.1). An empty value removes the field.
model::UpstreamHeaders with_default_fields(Compilation& compilation, model::UpstreamHeaders headers,
                                           bool http_1_0) {
    const auto add_default = [&](std::string_view name, model::Template value) {
        if (!headers.contains(name)) headers.add(std::string(name), std::move(value));
    };
    const Word here{.text = "$proxy_host"};
    add_default("Host", compilation.variables.parse(here));
    add_default("Connection", http_1_0 ? model::Template("close") : model::Template());
    for (std::string_view name : {"Proxy-Connection", "TE", "Keep-Alive", "Expect"}) add_default(name, {});
    return headers;
}

// Once for all locations that inherit the same.
const model::UpstreamHeaders& complete_headers(Compilation& compilation,
                                               const model::UpstreamHeaders& written, bool http_1_0) {
    auto& [kept, complete] = compilation.complete_headers[{written.identity(), http_1_0}];
    if (kept.identity() != written.identity()) {
        kept = written;   // nothing else comes to have its identity
        complete = with_default_fields(compilation, written, http_1_0);
    }
    return complete;
}

constexpr std::array<std::string_view, 8> hidden_fields = {"date",
                                                           "server",
                                                           "x-pad",
                                                           "x-accel-expires",
                                                           "x-accel-redirect",
                                                           "x-accel-limit-rate",
                                                           "x-accel-buffering",
                                                           "x-accel-charset"};

// nginx's own list and proxy_hide_header, without what proxy_pass_header lets through.
http::FieldNameSet fields_to_hide(const ForwardDraft& draft) {
    std::vector<std::string> fields(hidden_fields.begin(), hidden_fields.end());
    fields.insert(fields.end(), draft.hide_headers.begin(), draft.hide_headers.end());
    http::FieldNameSet hidden;
    for (const std::string& field : fields) {
        const bool passes = std::ranges::find(draft.pass_headers, field) != draft.pass_headers.end();
        if (!passes) hidden.add(field);
    }
    return hidden;
}

// `proxy_redirect default`: from the address of proxy_pass back to the location.
model::RedirectRewrite default_redirect(const ForwardDraft& draft, const model::ForwardHandler& forward) {
    model::RedirectRewrite rewrite;
    rewrite.from = model::Template(forward.has_uri ? draft.url : draft.url + "/");
    rewrite.to = model::Template(forward.has_uri ? draft.location : std::string("/"));
    return rewrite;
}

// The host of $proxy_host, which is what a certificate is compared with unless proxy_ssl_name says otherwise.
std::string host_alone(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return std::string(host.substr(0, host.find(':')));
}

// Unlike nginx, which verifies nothing unless it is told to, the name of a host is taken at its word.
void take_tls(Compilation& compilation, const ForwardSide& side, model::ForwardHandler& forward) {
    const TlsTarget target = side.draft.tls;
    if (target == TlsTarget::none) return;
    const ProxyTls& said = *side.tls;
    const Word& where = side.draft.where;
    const bool is_named = target != TlsTarget::other;
    forward.tls = compilation.contexts.client(side.tls, said.verify.value_or(is_named), where);
    forward.tls_sends_name = said.sends_name.value_or(is_named);
    const auto name = said.written.find("proxy_ssl_name");
    if (name != said.written.end()) {
        forward.tls_name = compilation.variables.parse(name->second);
    } else if (target == TlsTarget::run_time) {
        forward.tls_name = compilation.variables.parse(Word{.text = "$proxy_host"});
    } else {
        forward.tls_name = model::Template(host_alone(forward.host));
    }
    if (target != TlsTarget::run_time) return;
    forward.tls_unnamed = compilation.contexts.client(side.tls, said.verify.value_or(false), where);
    forward.tls_unnamed_sends_name = said.sends_name.value_or(false);
}

// What both protocols have in common.
model::ForwardHandler finish_side(Compilation& compilation, const ForwardSide& side) {
    model::ForwardHandler forward = side.forward;
    forward.set_headers = complete_headers(compilation, side.draft.set_headers, forward.http_1_0);
    forward.hide_headers = fields_to_hide(side.draft);
    take_tls(compilation, side, forward);
    return forward;
}

// The Host of an address is compared with listeners by whole addresses: one server may stand on several.
model::Listener& listener_of(std::vector<model::Listener>& listeners, const SocketAddress& address) {
    const auto known = std::ranges::find(listeners, address, &model::Listener::address);
    if (known != listeners.end()) return *known;
    listeners.emplace_back();
    listeners.back().address = address;
    listeners.back().text = address.describe();
    return listeners.back();
}

// What is spoken on an address: the parameters of `listen` that one of several may give for all.
struct Protocols {
    bool proxy_protocol = false, tls = false, http2 = false;

    static Protocols of(const model::ListenerOptions& options) {
        return {.proxy_protocol = options.proxy_protocol, .tls = options.tls, .http2 = options.http2};
    }
    void set_in(model::ListenerOptions& options) const {
        options.proxy_protocol = proxy_protocol;
        options.tls = tls;
        options.http2 = http2;
    }
    [[nodiscard]] Protocols with(const Protocols& other) const {
        return {.proxy_protocol = proxy_protocol || other.proxy_protocol,
                .tls = tls || other.tls,
                .http2 = http2 || other.http2};
    }
    friend bool operator==(const Protocols&, const Protocols&) = default;
};

struct Chosen {
    const Word* defaults = nullptr;       // who said default_server
    const Word* options = nullptr;        // who set options
    std::optional<Protocols> protocols;   // what the plainer ones among the `listen` lines gave
    bool protocols_changed = false;       // not every line gave the same
};

// Each `listen` of an address may name the protocols or leave them out; whoever names some names them for
// all. nginx warns where a line that was meant to settle them differs from others.
void join_protocols(Compilation& compilation, const ListenDraft& draft, model::Listener& listener,
                    const Protocols& before, Chosen& chosen) {
    const auto given = Protocols::of(draft.options);
    const auto all = before.with(given);
    bool is_redefined = false;
    if (all != before) {   // more than before
        is_redefined =
            (chosen.options != nullptr && !draft.sets_options) || chosen.protocols_changed || all != given;
        chosen.protocols = before;
        chosen.protocols_changed = true;
    } else {
        is_redefined = chosen.protocols && given != *chosen.protocols;
        if (given != before || chosen.protocols_changed) is_redefined = is_redefined || draft.sets_options;
        chosen.protocols_changed = chosen.protocols_changed || given != before;
        chosen.protocols = given;
    }
    if (is_redefined) {
        compilation.warn(draft.where, fmt::format("protocol options redefined for {}", listener.text),
                         "whatever one \"listen\" of an address gives of \"proxy_protocol\", \"ssl\" and "
                         "\"http2\" holds for all");
    }
    all.set_in(listener.options);
}

void add_site(Compilation& compilation, const ServerDraft& server, const ListenDraft& draft,
              model::Listener& listener, Chosen& chosen) {
    if (std::ranges::find(listener.sites, server.site) != listener.sites.end()) {
        compilation.error(draft.where, fmt::format("a duplicate listen {}", listener.text));
        return;
    }
    const bool is_first = listener.sites.empty();
    const auto protocols = Protocols::of(listener.options);
    if (is_first) {
        listener.origin = compilation.origin(draft.where.position);
        listener.default_site = server.site;
    }
    listener.sites.push_back(server.site);
    if (draft.is_default) {
        if (chosen.defaults != nullptr) {
            compilation.error(
                draft.where, fmt::format("a duplicate default server for {}", listener.text),
                fmt::format("the first is at {}", compilation.origin(chosen.defaults->position).describe()));
        }
        chosen.defaults = &draft.where;
        listener.default_site = server.site;
    }
    if (draft.sets_options) {
        if (chosen.options != nullptr) {
            compilation.error(
                draft.where, fmt::format("duplicate listen options for {}", listener.text),
                fmt::format("the first are at {}", compilation.origin(chosen.options->position).describe()));
        }
        chosen.options = &draft.where;
        listener.options = draft.options;
    }
    if (is_first) {
        Protocols::of(draft.options).set_in(listener.options);
    } else {
        join_protocols(compilation, draft, listener, protocols, chosen);
    }
}

void report_no_certificate(Compilation& compilation, const model::Site& site) {
    const ServerDraft& server = compilation.draft_of(site);
    compilation.error(
        server.where, "no \"ssl_certificate\" is defined for the \"listen ... ssl\" directive",
        "expected \"ssl_certificate\" and \"ssl_certificate_key\", or \"ssl_reject_handshake on\"");
}

// Somebody must be able to shake hands with clients who ask for no name, or for one without a certificate of
// its own: nginx shows them the default server's, and asks for all others only where that one rejects.
void check_certificates(Compilation& compilation, const model::Listener& listener) {
    const ServerDraft& by_default = compilation.draft_of(*listener.default_site);
    if (!listener.options.tls || by_default.has_certificate) return;
    if (!by_default.rejects_handshakes) return report_no_certificate(compilation, *listener.default_site);
    for (const auto& site : listener.sites) {
        const ServerDraft& server = compilation.draft_of(*site);
        if (!server.has_certificate && !server.rejects_handshakes)
            return report_no_certificate(compilation, *site);
    }
}

void warn_of_conflicts(Compilation& compilation, const model::Listener& listener) {
    const model::SiteMatcher matcher(listener.sites, listener.default_site);
    for (const auto& conflict : matcher.conflicts()) {
        const Word& where = compilation.draft_of(*conflict.ignored).where;
        compilation.warn(
            where, fmt::format("conflicting server name \"{}\" on {}, ignored", conflict.name, listener.text),
            "an earlier server has it");
    }
}

// Between two charsets that are known now there must be a map.
void check_charset(const Level& level) {
    const model::Route& route = level.route;
    if (route.charset.empty() || route.source_charset.empty()) return;
    if (equals_ignoring_case(route.charset, route.source_charset)) return;
    const auto& maps = level.compilation.model.charset_maps;
    if (model::find_charset_table(maps, route.source_charset, route.charset) != nullptr) return;
    level.compilation.error(level.source_charset,
                            fmt::format("no \"charset_map\" between the charsets \"{}\" and \"{}\"",
                                        route.source_charset, route.charset),
                            "the map says which byte of the one is which of the other");
}

}   // namespace

model::ForwardHandler finish_forward(const Level& level) {
    const ForwardDraft& draft = level.proxy.draft;
    model::ForwardHandler forward = finish_side(level.compilation, level.proxy);
    for (const RedirectRule& rule : draft.redirects) {
        if (!rule.is_default) {
            forward.redirects.push_back(rule.rewrite);
        } else if (!draft.url.empty()) {
            forward.redirects.push_back(default_redirect(draft, forward));
        }
    }
    return forward;
}

model::ForwardHandler finish_grpc(const Level& level) {
    model::ForwardHandler forward = finish_side(level.compilation, *level.grpc);
    forward.http_2 = forward.is_grpc = true;
    forward.buffering = forward.request_buffering = false;   // both ways at once
    return forward;
}

std::shared_ptr<const model::Route> finish_route(Level& level) {
    auto route = std::make_shared<model::Route>(level.route);
    switch (level.handler) {
        case HandlerChoice::files: route->handler = model::FilesHandler{}; break;
        case HandlerChoice::forward: route->handler = finish_forward(level); break;
        case HandlerChoice::grpc: route->handler = finish_grpc(level); break;
        case HandlerChoice::status: route->handler = model::StatusHandler{}; break;
        case HandlerChoice::empty_gif: route->handler = model::EmptyGifHandler{}; break;
    }
    check_charset(level);
    const CompileOptions& options = level.compilation.options;
    route->server_field = options.server_name;
    if (route->server_tokens) route->server_field += "/" + options.server_version;
    return route;
}

void finish_listeners(Compilation& compilation) {
    std::vector<model::Listener>& listeners = compilation.model.listeners;
    std::map<std::string, Chosen> chosen;
    for (const ServerDraft& server : compilation.servers) {
        for (const ListenDraft& draft : server.listens) {
            model::Listener& listener = listener_of(listeners, draft.address);
            add_site(compilation, server, draft, listener, chosen[listener.text]);
        }
    }
    for (const model::Listener& listener : listeners) {
        warn_of_conflicts(compilation, listener);
        check_certificates(compilation, listener);
    }
}

}   // namespace gatehouse::nginx
