// proxy_pass and grpc_pass: where requests go.
#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/services.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using model::ForwardHandler;

constexpr std::string_view http_scheme = "http://";
constexpr std::string_view https_scheme = "https://";
constexpr std::string_view grpc_scheme = "grpc://";
constexpr std::string_view grpcs_scheme = "grpcs://";

// A URI part replaces the matched prefix, so there must be one.
bool may_have_uri(const Level& level) {
    return level.context == at::location && !level.is_named_or_pattern();
}

void pass_to_variables(Level& level, const Word& word) {
    level.proxy.forward.target = level.compilation.variables.parse(word);
    if (!starts_with_ignoring_case(word.text, http_scheme)) level.proxy.draft.tls = TlsTarget::run_time;
}

void pass_to_host(Level& level, const Word& word) {
    Compilation& compilation = level.compilation;
    const bool is_https = starts_with_ignoring_case(word.text, https_scheme);
    if (!is_https && !starts_with_ignoring_case(word.text, http_scheme)) {
        compilation.error(word, "invalid URL prefix",
                          "expected \"http://\" or \"https://\" in front of the host");
        return;
    }
    ForwardHandler& forward = level.proxy.forward;
    const std::uint16_t default_port = is_https ? 443 : 80;
    const std::string_view scheme = is_https ? https_scheme : http_scheme;
    const auto endpoint = parse_endpoint(std::string_view(word.text).substr(scheme.size()), default_port);
    if (!endpoint) {
        compilation.error(word, fmt::format("{} in upstream \"{}\"", endpoint.error(), word.text),
                          fmt::format("expected {}host:port, with or without a path", scheme));
        return;
    }
    if (!endpoint->uri.empty() && !may_have_uri(level)) {
        compilation.error(
            word,
            "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named "
            "location, or inside \"if\" statement, or inside \"limit_except\" block",
            fmt::format("leave out \"{}\"", endpoint->uri));
        return;
    }
    forward.service = service_of(compilation, *endpoint, word);
    forward.scheme = is_https ? "https" : "http";
    if (is_https && forward.service) level.proxy.draft.tls = tls_target_of(*endpoint, *forward.service);
    forward.host = endpoint->is_unix ? "localhost" : endpoint->host;
    if (endpoint->has_port && endpoint->port != default_port)
        forward.host += fmt::format(":{}", endpoint->port);
    forward.port = endpoint->port;
    forward.uri = endpoint->uri;
    forward.has_uri = !endpoint->uri.empty();
    level.proxy.draft.url = word.text;
}

// The literal text of a location, without a modifier that is written together with it.
std::string literal_of(const Directive& location) {
    std::string_view text = location.arguments.back().text;
    if (location.arguments.size() == 1 && text.starts_with("^~")) text.remove_prefix(2);
    if (location.arguments.size() == 1 && text.starts_with('=')) text.remove_prefix(1);
    return std::string(text);
}

// Forgets what an outer level passed to, but for an `if` and what it inherits of its settings.
void begin_pass(Level& level, const Directive& directive, std::string_view scheme) {
    ForwardSide& side = level.side_of(directive);
    side.forward.origin = level.compilation.origin(directive);
    side.forward.service = nullptr;
    side.forward.target = {};
    side.forward.has_uri = false;
    side.forward.uri.clear();
    side.forward.location_bytes = 0;
    side.forward.scheme = scheme;
    side.draft.tls = TlsTarget::none;
    side.draft.where = directive.arguments[0];
    side.draft.url.clear();
    side.draft.location.clear();
}

// Names, addresses and sockets; unlike proxy_pass it knows no URI and no port of its own.
void call_host(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[0];
    std::string_view text = word.text;
    const bool is_secure = starts_with_ignoring_case(text, grpcs_scheme);
    if (is_secure || starts_with_ignoring_case(text, grpc_scheme))
        text.remove_prefix(is_secure ? grpcs_scheme.size() : grpc_scheme.size());
    const auto endpoint = parse_endpoint(text, is_secure ? 443 : 80);
    if (!endpoint || !endpoint->uri.empty()) {
        compilation.error(word,
                          fmt::format("{} in upstream \"{}\"",
                                      endpoint ? std::string("invalid host") : endpoint.error(), word.text),
                          "expected grpc://host:port or grpcs://host:port, without a path");
        return;
    }
    ForwardSide& side = level.side_of(directive);
    ForwardHandler& forward = side.forward;
    forward.service = service_of(compilation, *endpoint, word);
    if (!forward.service) return;
    if (!forward.service->is_explicit && !endpoint->has_port && !endpoint->is_unix) {
        compilation.error(word, fmt::format("no port in upstream \"{}\"", word.text),
                          fmt::format("expected {}:port, or the name of an upstream block", word.text));
        return;
    }
    forward.scheme = is_secure ? "grpcs" : "grpc";
    if (is_secure) side.draft.tls = tls_target_of(*endpoint, *forward.service);
    forward.host = endpoint->is_unix ? "localhost" : endpoint->host;
    if (endpoint->has_port) forward.host += fmt::format(":{}", endpoint->port);
    forward.port = endpoint->port;
    side.draft.url = word.text;
}

}   // namespace

void proxy_pass(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    level.handler = HandlerChoice::forward;
    begin_pass(level, directive, "http");
    if (may_have_uri(level)) {
        level.proxy.draft.location = literal_of(*level.block);
        level.proxy.forward.location_bytes = level.proxy.draft.location.size();
    }
    if (has_variables(word.text)) {
        pass_to_variables(level, word);
    } else {
        pass_to_host(level, word);
    }
}

void grpc_pass(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    level.handler = HandlerChoice::grpc;
    begin_pass(level, directive, "grpc");
    if (!has_variables(word.text)) return call_host(level, directive);
    ForwardSide& side = level.side_of(directive);
    side.forward.target = level.compilation.variables.parse(word);
    if (!starts_with_ignoring_case(word.text, grpc_scheme)) side.draft.tls = TlsTarget::run_time;
}

}   // namespace gatehouse::nginx::directives
