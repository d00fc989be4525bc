// Servers of stream: who may connect, what is looked at, and where bytes are passed on to.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/services.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using Handler = TcpDraft::Handler;

void pass_to_host(Level& level, const Word& word) {
    Compilation& compilation = level.compilation;
    const auto endpoint = parse_endpoint(word.text, 0);
    if (!endpoint || !endpoint->uri.empty()) {
        const bool has_scheme = word.text.find("://") != std::string::npos;
        compilation.error(
            word,
            fmt::format("{} in upstream \"{}\"", endpoint ? "invalid host" : endpoint.error(), word.text),
            has_scheme ? "bytes are passed on here, not requests: an address has no \"http://\""
                       : "expected host:port, unix:/path or the name of an upstream");
        return;
    }
    const bool is_group = compilation.upstreams.contains(lower(endpoint->host)) && !endpoint->is_unix;
    if (!endpoint->has_port && !endpoint->is_unix && !is_group) {
        std::vector<std::string_view> names;
        for (const auto& [name, ignored] : compilation.upstreams) names.push_back(name);
        std::string hint = did_you_mean(endpoint->host, names);
        if (hint.empty()) hint = "expected host:port, or the name of an upstream of this stream block";
        compilation.error(word, fmt::format("no port in upstream \"{}\"", word.text), std::move(hint));
        return;
    }
    TcpDraft& draft = level.tcp.change();
    draft.forward.service = service_of(compilation, *endpoint, word);
    if (!draft.forward.service) return;
    draft.target = tls_target_of(*endpoint, *draft.forward.service);
    draft.host = endpoint->is_unix ? "localhost" : endpoint->host;
}

// Settings that other directives keep where those of http have theirs.
model::TcpForward forward_of(const Level& level) {
    const TcpDraft& draft = *level.tcp;
    model::TcpForward forward = draft.forward;
    forward.bind_address = level.proxy.forward.bind_address;
    if (!forward.uses_tls) return forward;
    const TlsThere there = tls_there(level.compilation, level.proxy.tls, draft.target, draft.where);
    forward.tls = there.context;
    forward.tls_sends_name = there.sends_name;
    forward.tls_unnamed = there.unnamed_context;
    forward.tls_unnamed_sends_name = there.unnamed_sends_name;
    if (there.name) {
        forward.tls_name = *there.name;
    } else if (draft.target != TlsTarget::run_time) {
        forward.tls_name = model::Template(host_alone(draft.host));
    }
    return forward;
}

void take_tls(const Level& level, ServerDraft& server) {
    const ServerTls& said = *level.tls;
    server.has_certificate = !said.certificates.empty();
    server.rejects_handshakes = said.settings.reject_handshake;
    server.tcp_site->tls = level.compilation.contexts.server(level.tls, {}, server.where);
}

// nginx checks the servers it can reach: a name alone, without anything to listen to, is none.
void finish_server(const Level& level, ServerDraft& server) {
    const TcpDraft& draft = *level.tcp;
    model::TcpSite& site = *server.tcp_site;
    const std::string name = site.name;
    auto names = std::move(site.names);
    site = draft.site;
    site.origin = level.compilation.origin(*level.block);
    site.name = name;
    site.names = std::move(names);
    if (!server.has_name) site.names.push_back({});   // "": as nginx has it
    site.real_ip = level.route.real_ip;
    site.real_ip.source = model::RealIp::Source::proxy_protocol;
    site.access = level.route.access;
    site.script = level.route.script;
    site.access_logs = level.route.access_logs;
    site.error_logs = level.route.error_logs;
    take_tls(level, server);
    switch (draft.handler) {
        case Handler::none: break;
        case Handler::forward: site.handler = forward_of(level); break;
        case Handler::text: site.handler = model::TcpReturn{draft.text}; break;
    }
}

}   // namespace

void tcp_server(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    ServerDraft server{.where = directive.name, .tcp_site = std::make_shared<model::TcpSite>()};
    Level inner(compilation, at::stream_server, &directive, &level);
    inner.server = &server;
    compile_directives(inner, directive.children);
    const auto& children = directive.children;
    if (std::ranges::none_of(children, [](const Directive& d) { return d.name.text == "listen"; })) {
        compilation.error(directive.name, "no \"listen\" is defined for server",
                          "a server of stream has no address by default");
    }
    finish_server(inner, server);
    if (inner.tcp->handler == Handler::none) {
        compilation.warn(directive.name, "the server has neither \"proxy_pass\" nor \"return\"",
                         "it closes every connection");
    }
    compilation.add_server(std::move(server));
}

void tcp_proxy_pass(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    TcpDraft& draft = level.tcp.change();
    draft.handler = Handler::forward;
    draft.where = word;
    draft.forward.origin = level.compilation.origin(directive);
    if (has_variables(word.text)) {
        draft.forward.target = level.compilation.variables.parse(word);
        draft.target = TlsTarget::run_time;
    } else {
        pass_to_host(level, word);
    }
}

void tcp_return(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    TcpDraft& draft = level.tcp.change();
    draft.handler = Handler::text;
    draft.text = level.compilation.variables.parse(directive.arguments[0]);
}

void tcp_proxy_protocol(Level& level, const Directive& directive) {
    using Header = model::TcpForward::ProxyHeader;
    constexpr Choice<Header> choices[] = {{"off", Header::off}, {"on", Header::v1}, {"v2", Header::v2}};
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices))
        level.tcp.change().forward.proxy_header = *choice;
}

std::optional<std::size_t> relay_buffer_value(Level& level, const Directive& directive) {
    const auto size = size_value(level.compilation, directive, directive.arguments[0]);
    if (!size) return {};
    constexpr std::uint64_t most = 1024 * 1024;   // what one read may take from the others of its worker
    if (*size > 0 && *size <= most) return *size;
    level.compilation.error_in(directive, "invalid value", "expected a size from 1 to 1m");
    return {};
}

void tcp_proxy_buffer_size(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (directive.name.text != "proxy_buffer_size") {
        level.compilation.warn(directive.name, fmt::format("the \"{}\" directive is deprecated, use the "
                                                           "\"proxy_buffer_size\" directive instead",
                                                           directive.name.text));
    }
    if (const auto size = relay_buffer_value(level, directive))
        level.tcp.change().forward.buffer_bytes = *size;
}

// RFC 7301 section 3.1.
void ssl_alpn(Level& level, const Directive& directive) {
    constexpr std::size_t longest = 255;
    if (!level.once(directive)) return;
    auto& protocols = level.tcp.change().site.application_protocols;
    protocols.clear();
    for (const Word& word : directive.arguments) {
        if (word.text.empty() || word.text.size() > longest) {
            level.compilation.error(word, "protocol too long", "expected 1 to 255 bytes");
            return;
        }
        protocols.push_back(word.text);
    }
}

void proxy_ssl_alpn(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    auto& protocols = level.tcp.change().forward.application_protocols;
    protocols.clear();
    for (const Word& word : directive.arguments) protocols.push_back(level.compilation.variables.parse(word));
}

}   // namespace gatehouse::nginx::directives
