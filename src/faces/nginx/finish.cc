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
    for (std::string_view name : {"Proxy-Connection", "TE", "Keep-Alive", "Expect", "Upgrade"})
        add_default(name, {});
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

// The Host of an address is compared with listeners by whole addresses: one server may stand on several.
model::Listener& listener_of(std::vector<model::Listener>& listeners, const SocketAddress& address) {
    const auto known = std::ranges::find(listeners, address, &model::Listener::address);
    if (known != listeners.end()) return *known;
    listeners.emplace_back();
    listeners.back().address = address;
    listeners.back().text = address.describe();
    return listeners.back();
}

struct Chosen {
    const Word* defaults = nullptr;   // who said default_server
    const Word* options = nullptr;    // who set options
};

void add_site(Compilation& compilation, const ServerDraft& server, const ListenDraft& draft,
              model::Listener& listener, Chosen& chosen) {
    if (std::ranges::find(listener.sites, server.site) != listener.sites.end()) {
        compilation.error(draft.where, fmt::format("a duplicate listen {}", listener.text));
        return;
    }
    if (listener.sites.empty()) {
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
}

void warn_of_conflicts(Compilation& compilation, const model::Listener& listener) {
    const model::SiteMatcher matcher(listener.sites, listener.default_site);
    for (const auto& conflict : matcher.conflicts()) {
        const auto server = std::ranges::find_if(
            compilation.servers, [&](const ServerDraft& s) { return s.site.get() == conflict.ignored; });
        const Word where = server == compilation.servers.end() ? Word{} : server->where;
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
    model::ForwardHandler forward = level.forward;
    forward.set_headers =
        complete_headers(level.compilation, level.forward_draft.set_headers, forward.http_1_0);
    forward.hide_headers = fields_to_hide(level.forward_draft);
    for (const RedirectRule& rule : level.forward_draft.redirects) {
        if (!rule.is_default) {
            forward.redirects.push_back(rule.rewrite);
        } else if (!level.forward_draft.url.empty()) {
            forward.redirects.push_back(default_redirect(level.forward_draft, forward));
        }
    }
    return forward;
}

std::shared_ptr<const model::Route> finish_route(Level& level) {
    auto route = std::make_shared<model::Route>(level.route);
    switch (level.handler) {
        case HandlerChoice::files: route->handler = model::FilesHandler{}; break;
        case HandlerChoice::forward: route->handler = finish_forward(level); break;
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
    for (const model::Listener& listener : listeners) warn_of_conflicts(compilation, listener);
}

}   // namespace gatehouse::nginx
