#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"
#include "http/characters.h"
#include "model/source_address.h"

namespace gatehouse::nginx::directives {
namespace {

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

}   // namespace

void proxy_set_header(Level& level, const Directive& directive) {
    const Word& name = directive.arguments[0];
    const Word& value = directive.arguments[1];
    if (name.text.empty() || (name.text + value.text).find_first_of("\r\n") != std::string::npos) {
        level.compilation.error(name.text.empty() ? name : value,
                                "a header field needs a name and cannot hold a line end");
        return;
    }
    if (level.first(directive.name.text)) level.side_of(directive).draft.set_headers.clear();
    level.side_of(directive).draft.set_headers.add(name.text, level.compilation.variables.parse(value));
}

void proxy_hide_header(Level& level, const Directive& directive) {
    if (level.first(directive.name.text)) level.side_of(directive).draft.hide_headers.clear();
    level.side_of(directive).draft.hide_headers.push_back(lower(directive.argument(0)));
}

void proxy_pass_header(Level& level, const Directive& directive) {
    if (level.first(directive.name.text)) level.side_of(directive).draft.pass_headers.clear();
    level.side_of(directive).draft.pass_headers.push_back(lower(directive.argument(0)));
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
    if (level.first(directive.name.text)) level.side_of(directive).forward.ignore_headers.clear();
    for (const Word& word : directive.arguments) {
        if (const auto name = choice_value(level.compilation, word, choices)) {
            level.side_of(directive).forward.ignore_headers.emplace(*name);
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
    level.side_of(directive).forward.http_1_0 = *version == Version::v1_0;
    level.side_of(directive).forward.http_2 = *version == Version::v2;
}

void proxy_method(Level& level, const Directive& directive) {
    if (level.once(directive))
        level.side_of(directive).forward.method = level.compilation.variables.parse(directive.arguments[0]);
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
    level.side_of(directive).forward.upgrades =
        std::make_shared<const std::vector<std::string>>(std::move(protocols));
}

void proxy_set_body(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.side_of(directive).forward.body = level.compilation.variables.parse(directive.arguments[0]);
    level.side_of(directive).forward.has_body = true;
}

std::optional<model::Template> source_address_value(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[0];
    if (directive.arguments.size() == 2) {
        const Word& second = directive.arguments[1];
        if (second.text == "transparent") {
            compilation.error(second,
                              fmt::format("\"{}\" with \"transparent\" is refused", directive.name.text),
                              "foreign addresses need privileges that the gateway does not keep");
        } else {
            compilation.invalid_parameter(second);
        }
        return {};
    }
    if (word.text == "off") return model::Template();
    if (!has_variables(word.text) && !model::parse_source_address(word.text)) {
        compilation.error(word, fmt::format("invalid address \"{}\"", word.text),
                          "expected an IP address, with or without a port");
        return {};
    }
    return compilation.variables.parse(word);
}

void proxy_bind(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (auto address = source_address_value(level, directive))
        level.side_of(directive).forward.bind_address = *std::move(address);
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
    level.side_of(directive).forward.buffers_bytes = *number * *size;
}

void proxy_temp_path(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.side_of(directive).forward.temp_path = level.compilation.under_prefix(directive.argument(0));
    level.compilation.add_temp_directory(level.side_of(directive).forward.temp_path);
}

void proxy_next_upstream(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    model::NextUpstream next;
    next.tries = level.side_of(directive).forward.next.tries;
    next.time = level.side_of(directive).forward.next.time;
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
    level.side_of(directive).forward.next = next;
}

}   // namespace gatehouse::nginx::directives
