// The end of a level: what could not be decided before all of its directives were known.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "faces/nginx/directives.h"
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

void take_tls(Compilation& compilation, const ForwardSide& side, model::ForwardHandler& forward) {
    const TlsTarget target = side.draft.tls;
    if (target == TlsTarget::none) return;
    const TlsThere there = tls_there(compilation, side.tls, target, side.draft.where);
    forward.tls = there.context;
    forward.tls_sends_name = there.sends_name;
    forward.tls_unnamed = there.unnamed_context;
    forward.tls_unnamed_sends_name = there.unnamed_sends_name;
    if (there.name) {
        forward.tls_name = *there.name;
    } else if (target == TlsTarget::run_time) {
        forward.tls_name = compilation.variables.parse(Word{.text = "$proxy_host"});
    } else {
        forward.tls_name = model::Template(host_alone(forward.host));
    }
}

// What both protocols have in common.
model::ForwardHandler finish_side(Compilation& compilation, const ForwardSide& side) {
    model::ForwardHandler forward = side.forward;
    forward.set_headers = complete_headers(compilation, side.draft.set_headers, forward.http_1_0);
    forward.hide_headers = fields_to_hide(side.draft);
    take_tls(compilation, side, forward);
    return forward;
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

std::string host_alone(std::string_view host) {
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return std::string(host.substr(0, host.find(':')));
}

// Unlike nginx, which verifies nothing unless it is told to, the name of a host is taken at its word.
TlsThere tls_there(Compilation& compilation, const Inherited<ProxyTls>& tls, TlsTarget target,
                   const Word& where) {
    const ProxyTls& said = *tls;
    const bool is_named = target != TlsTarget::other;
    TlsThere there;
    there.context = compilation.contexts.client(tls, said.verify.value_or(is_named), where);
    there.sends_name = said.sends_name.value_or(is_named);
    const auto name = said.written.find("proxy_ssl_name");
    if (name != said.written.end()) there.name = compilation.variables.parse(name->second);
    if (target != TlsTarget::run_time) return there;
    there.unnamed_context = compilation.contexts.client(tls, said.verify.value_or(false), where);
    there.unnamed_sends_name = said.sends_name.value_or(false);
    return there;
}

model::ForwardHandler finish_forward(const Level& level) {
    const ForwardDraft& draft = level.proxy.draft;
    model::ForwardHandler forward = finish_side(level.compilation, level.proxy);
    if (forward.http_2 && forward.upgrades != nullptr && !forward.upgrades->empty())
        level.compilation.notice(draft.where, "\"proxy_upgrade\" has no effect over HTTP/2",
                                 "an Upgrade needs \"proxy_http_version 1.1\" in this location");
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
        case HandlerChoice::tunnel: route->handler = *level.tunnel; break;
        case HandlerChoice::status: route->handler = model::StatusHandler{}; break;
        case HandlerChoice::empty_gif: route->handler = model::EmptyGifHandler{}; break;
    }
    check_charset(level);
    directives::note_tunnel(level);
    const CompileOptions& options = level.compilation.options;
    route->server_field = options.server_name;
    if (route->server_tokens) route->server_field += "/" + options.server_version;
    return route;
}

}   // namespace gatehouse::nginx
