#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/services.h"
#include "faces/nginx/values.h"
#include "http/characters.h"
#include "model/source_address.h"

namespace gatehouse::nginx::directives {
namespace {

using model::ForwardHandler;

constexpr std::string_view http_scheme = "http://";
constexpr std::string_view https_scheme = "https://";

// A URI part replaces the matched prefix, so there must be one.
bool may_have_uri(const Level& level) {
    return level.context == at::location && !level.is_named_or_pattern();
}

void pass_to_variables(Level& level, const Word& word) {
    level.forward.target = level.compilation.variables.parse(word);
    if (!starts_with_ignoring_case(word.text, http_scheme)) level.forward_draft.tls = TlsTarget::run_time;
}

void pass_to_host(Level& level, const Word& word) {
    Compilation& compilation = level.compilation;
    const bool is_https = starts_with_ignoring_case(word.text, https_scheme);
    if (!is_https && !starts_with_ignoring_case(word.text, http_scheme)) {
        compilation.error(word, "invalid URL prefix",
                          "expected \"http://\" or \"https://\" in front of the host");
        return;
    }
    ForwardHandler& forward = level.forward;
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
    if (is_https && forward.service) level.forward_draft.tls = tls_target_of(*endpoint, *forward.service);
    forward.host = endpoint->is_unix ? "localhost" : endpoint->host;
    if (endpoint->has_port && endpoint->port != default_port)
        forward.host += fmt::format(":{}", endpoint->port);
    forward.port = endpoint->port;
    forward.uri = endpoint->uri;
    forward.has_uri = !endpoint->uri.empty();
    level.forward_draft.url = word.text;
}

using NextFlag = bool model::NextUpstream::*;
constexpr Choice<NextFlag> next_upstream_choices[] = {
    {"error", &model::NextUpstream::error},
    {"timeout", &model::NextUpstream::timeout},
    {"invalid_header", &model::NextUpstream::invalid_header},
    {"non_idempotent", &model::NextUpstream::non_idempotent},
    {"http_500", &model::NextUpstream::http_500},
    {"http_502", &model::NextUpstream::http_502},
    {"http_503", &model::NextUpstream::http_503},
    {"http_504", &model::NextUpstream::http_504},
    {"http_403", &model::NextUpstream::http_403},
    {"http_404", &model::NextUpstream::http_404},
    {"http_429", &model::NextUpstream::http_429},
    {"off", nullptr},
};

// The literal text of a location, without a modifier that is written together with it.
std::string literal_of(const Directive& location) {
    std::string_view text = location.arguments.back().text;
    if (location.arguments.size() == 1 && text.starts_with("^~")) text.remove_prefix(2);
    if (location.arguments.size() == 1 && text.starts_with('=')) text.remove_prefix(1);
    return std::string(text);
}

}   // namespace

void proxy_pass(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const Word& word = directive.arguments[0];
    level.handler = HandlerChoice::forward;
    level.forward.origin = level.compilation.origin(directive);
    level.forward.service = nullptr;
    level.forward.target = {};
    level.forward.has_uri = false;
    level.forward.uri.clear();
    level.forward.location_bytes = 0;
    level.forward.scheme = "http";
    level.forward_draft.tls = TlsTarget::none;
    level.forward_draft.where = word;
    level.forward_draft.url.clear();
    level.forward_draft.location.clear();
    if (may_have_uri(level)) {
        level.forward_draft.location = literal_of(*level.block);
        level.forward.location_bytes = level.forward_draft.location.size();
    }
    if (has_variables(word.text)) {
        pass_to_variables(level, word);
    } else {
        pass_to_host(level, word);
    }
}

void proxy_set_header(Level& level, const Directive& directive) {
    const Word& name = directive.arguments[0];
    const Word& value = directive.arguments[1];
    if (name.text.empty() || (name.text + value.text).find_first_of("\r\n") != std::string::npos) {
        level.compilation.error(name.text.empty() ? name : value,
                                "a header field needs a name and cannot hold a line end");
        return;
    }
    if (level.first(directive.name.text)) level.forward_draft.set_headers.clear();
    level.forward_draft.set_headers.add(name.text, level.compilation.variables.parse(value));
}

void proxy_hide_header(Level& level, const Directive& directive) {
    if (level.first(directive.name.text)) level.forward_draft.hide_headers.clear();
    level.forward_draft.hide_headers.push_back(lower(directive.argument(0)));
}

void proxy_pass_header(Level& level, const Directive& directive) {
    if (level.first(directive.name.text)) level.forward_draft.pass_headers.clear();
    level.forward_draft.pass_headers.push_back(lower(directive.argument(0)));
}

void proxy_ignore_headers(Level& level, const Directive& directive) {
    constexpr Choice<std::string_view> choices[] = {{"X-Accel-Redirect", "x-accel-redirect"},
                                                    {"X-Accel-Expires", "x-accel-expires"},
                                                    {"X-Accel-Limit-Rate", "x-accel-limit-rate"},
                                                    {"X-Accel-Buffering", "x-accel-buffering"},
                                                    {"X-Accel-Charset", "x-accel-charset"},
                                                    {"Expires", "expires"},
                                                    {"Cache-Control", "cache-control"},
                                                    {"Set-Cookie", "set-cookie"},
                                                    {"Vary", "vary"}};
    if (level.first(directive.name.text)) level.forward.ignore_headers.clear();
    for (const Word& word : directive.arguments) {
        if (const auto name = choice_value(level.compilation, word, choices)) {
            level.forward.ignore_headers.emplace(*name);
        }
    }
}

void proxy_http_version(Level& level, const Directive& directive) {
    enum class Version : std::uint8_t { v1_0, v1_1, v2 };
    constexpr Choice<Version> choices[] = {
        {"1.0", Version::v1_0}, {"1.1", Version::v1_1}, {"2", Version::v2}};
    if (!level.once(directive)) return;
    const auto version = choice_value(level.compilation, directive.arguments[0], choices);
    if (!version) return;
    level.forward.http_1_0 = *version == Version::v1_0;
    if (*version == Version::v2) {
        level.compilation.error(directive.arguments[0], "HTTP/2 to upstreams is refused",
                                "it is not supported yet");
    }
}

void proxy_method(Level& level, const Directive& directive) {
    if (level.once(directive))
        level.forward.method = level.compilation.variables.parse(directive.arguments[0]);
}

// Protocols by name, or "off".
void proxy_upgrade(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    std::vector<std::string> protocols;
    for (const auto& word : directive.arguments) {
        const bool is_off = word.text == "off" && directive.arguments.size() == 1;
        if (!is_off && !http::is_token(word.text)) {
            level.compilation.error(word, fmt::format("invalid protocol \"{}\"", word.text),
                                    "expected names like \"websocket\", or \"off\"");
            return;
        }
        if (!is_off) protocols.push_back(lower(word.text));
    }
    level.forward.upgrades = std::make_shared<const std::vector<std::string>>(std::move(protocols));
}

void proxy_set_body(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.forward.body = level.compilation.variables.parse(directive.arguments[0]);
    level.forward.has_body = true;
}

void proxy_bind(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[0];
    if (directive.arguments.size() == 2) {
        const Word& second = directive.arguments[1];
        if (second.text == "transparent") {
            compilation.error(second, "\"proxy_bind\" with \"transparent\" is refused",
                              "foreign addresses need privileges that the gateway does not keep");
        } else {
            compilation.invalid_parameter(second);
        }
        return;
    }
    level.forward.bind_address = {};
    if (word.text == "off") return;
    if (!has_variables(word.text) && !model::parse_source_address(word.text)) {
        compilation.error(word, fmt::format("invalid address \"{}\"", word.text),
                          "expected an IP address, with or without a port");
        return;
    }
    level.forward.bind_address = compilation.variables.parse(word);
}

void proxy_buffers(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    const auto number = number_value(level.compilation, directive, directive.arguments[0]);
    const auto size = size_value(level.compilation, directive, directive.arguments[1]);
    if (!number || !size) return;
    constexpr std::uint64_t most_bytes = 1ULL << 40;
    if (*number < 2 || *size == 0 || *size > most_bytes / *number) {
        level.compilation.error(directive.name, "there must be at least 2 \"proxy_buffers\"",
                                "expected a number and a size");
        return;
    }
    level.forward.buffers_bytes = *number * *size;
}

void proxy_temp_path(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.forward.temp_path = level.compilation.under_prefix(directive.argument(0));
    level.compilation.add_temp_directory(level.forward.temp_path);
}

void proxy_next_upstream(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    model::NextUpstream next;
    next.tries = level.forward.next.tries;
    next.time = level.forward.next.time;
    next.error = next.timeout = false;
    bool off = false;
    for (const Word& word : directive.arguments) {
        const auto choice = choice_value(level.compilation, word, next_upstream_choices);
        if (!choice) return;
        if (*choice == nullptr) {
            off = true;
        } else {
            next.*(*choice) = true;
        }
    }
    if (off) {
        for (const auto& choice : next_upstream_choices) {
            if (choice.value != nullptr) next.*choice.value = false;
        }
    }
    level.forward.next = next;
}

}   // namespace gatehouse::nginx::directives
