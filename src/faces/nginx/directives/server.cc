#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using model::SiteName;
using Names = std::vector<SiteName>;

// A regular expression with a capital letter cannot match a lower-case host: nginx then ignores case.
void add_regex_name(Compilation& compilation, const Word& word, Names& names) {
    const std::string_view pattern = std::string_view(word.text).substr(1);
    if (pattern.empty()) {
        compilation.error(word, fmt::format("empty regex in server name \"{}\"", word.text));
        return;
    }
    const bool has_capital = std::ranges::any_of(pattern, [](char c) { return c >= 'A' && c <= 'Z'; });
    auto regex = compilation.regex(pattern, has_capital, word);
    if (!regex) return;
    names.push_back({.kind = SiteName::Kind::regex, .text = word.text, .regex = std::move(regex)});
}

void add_name(Compilation& compilation, const Word& word, std::string name, Names& names) {
    const auto add = [&](SiteName::Kind kind, std::string_view text) {
        names.push_back({.kind = kind, .text = std::string(text), .regex = nullptr});
    };
    const std::string_view text = name;
    if (text.starts_with("*.")) {
        add(SiteName::Kind::leading_wildcard, text.substr(2));
    } else if (text.starts_with('.')) {
        add(SiteName::Kind::exact, text.substr(1));
        add(SiteName::Kind::leading_wildcard, text.substr(1));
    } else if (text.ends_with(".*")) {
        add(SiteName::Kind::trailing_wildcard, text.substr(0, text.size() - 2));
    } else {
        add(SiteName::Kind::exact, text);
    }
    if (names.back().text.find('*') != std::string::npos || text == "." || text == "*.") {
        compilation.error(
            word, fmt::format("invalid server name or wildcard \"{}\"", text),
            "a \"*\" may stand for the first or the last part: \"*.example.com\" or \"www.example.*\"");
        names.pop_back();
    }
}

// Every listener a server is part of, when it names none.
ListenDraft default_listen(const Compilation& compilation, const Directive& directive) {
    ListenDraft draft{.where = directive.name};
    static_cast<void>(SocketAddress::parse("0.0.0.0", compilation.options.default_port, draft.address));
    return draft;
}

// Those that a certificate can be for.
std::vector<std::string> certifiable_names(const model::Site& site) {
    std::vector<std::string> names;
    for (const auto& name : site.names) {
        const bool is_name = !name.text.empty() && name.text.find_first_of("_,") == std::string::npos;
        if (!is_name) continue;
        if (name.kind == model::SiteName::Kind::exact) names.push_back(name.text);
        if (name.kind == model::SiteName::Kind::leading_wildcard) names.push_back("*." + name.text);
    }
    return names;
}

void take_tls(const Level& level, ServerDraft& draft) {
    const ServerTls& said = *level.tls;
    draft.has_certificate = !said.certificates.empty();
    draft.rejects_handshakes = said.settings.reject_handshake;
    draft.site->tls =
        level.compilation.contexts.server(level.tls, certifiable_names(*draft.site), draft.where);
}

}   // namespace

void server(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    ServerDraft draft{.where = directive.name, .site = std::make_shared<model::Site>()};
    draft.site->origin = compilation.origin(directive);
    Level inner(compilation, at::server, &directive, &level);
    inner.server = &draft;
    compile_directives(inner, directive.children);

    if (draft.listens.empty()) draft.listens.push_back(default_listen(compilation, directive));
    if (!draft.has_name) draft.site->names.push_back({});   // "": answers requests without a Host
    draft.site->connection = inner.connection;
    take_tls(inner, draft);
    draft.site->script = inner.route.script;
    inner.route.script = {};   // the site's own; it is not run again when the level serves as a route
    const auto defaults = finish_route(inner);
    check_tunnels(inner, draft);
    draft.site->defaults = defaults;
    draft.site->routes = std::make_unique<const model::LocationMatcher>(std::move(inner.locations), defaults);
    compilation.add_server(std::move(draft));
}

void server_name(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    ServerDraft& server = *level.server;
    for (const Word& word : directive.arguments) {
        if (word.text.find('/') != std::string::npos && !word.text.starts_with('~')) {
            compilation.warn(word, fmt::format("server name \"{}\" has suspicious symbols", word.text),
                             "a name has no \"http://\" and no path");
        }
        const std::string name =
            word.text == "$hostname" ? lower(compilation.options.hostname) : lower(word.text);
        if (!server.has_name) server.name() = word.text.starts_with('~') ? word.text : name;
        if (!server.has_name && server.name().starts_with('.')) server.name().erase(0, 1);
        server.has_name = true;
        if (word.text.starts_with('~')) {
            add_regex_name(compilation, word, server.names());
        } else {
            add_name(compilation, word, name, server.names());
        }
    }
}

void large_client_header_buffers(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto number = number_value(level.compilation, directive, directive.arguments[0]);
    const auto size = size_value(level.compilation, directive, directive.arguments[1]);
    if (!number || !size) return;
    if (*number == 0 || *size == 0) {
        level.compilation.error_in(directive, "invalid value", "expected a number and a size above 0");
        return;
    }
    level.connection.large_buffers = static_cast<unsigned>(*number);
    level.connection.large_buffer_bytes = *size;
}

}   // namespace gatehouse::nginx::directives
