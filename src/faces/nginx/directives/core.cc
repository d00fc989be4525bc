#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

constexpr Choice<model::LogLevel> log_levels[] = {
    {"debug", model::LogLevel::debug}, {"info", model::LogLevel::info},   {"notice", model::LogLevel::notice},
    {"warn", model::LogLevel::warn},   {"error", model::LogLevel::error}, {"crit", model::LogLevel::crit},
    {"alert", model::LogLevel::alert}, {"emerg", model::LogLevel::emerg},
};

// nginx has masks such as debug_http besides the levels; they all mean "debug, but only of".
std::optional<model::LogLevel> log_level(Compilation& compilation, const Directive& directive) {
    std::optional<model::LogLevel> level;
    for (std::size_t i = 1; i < directive.arguments.size(); ++i) {
        const Word& word = directive.arguments[i];
        const auto one = word.text.starts_with("debug_") ? model::LogLevel::debug
                                                         : choice_value(compilation, word, log_levels);
        if (!one) return std::nullopt;
        level = *one;
    }
    return level.value_or(model::LogLevel::error);
}

std::shared_ptr<const model::ErrorLog> error_log_of(Compilation& compilation, const Directive& directive) {
    const auto level = log_level(compilation, directive);
    if (!level) return nullptr;
    const std::string& path = directive.arguments[0].text;
    if (path.starts_with("syslog:") || path.starts_with("memory:")) {
        compilation.error(directive.arguments[0], fmt::format("logging to \"{}\" is refused", path),
                          "log to a file or to \"stderr\"");
        return nullptr;
    }
    auto log = std::make_shared<model::ErrorLog>();
    log->origin = compilation.origin(directive);
    log->path = path == "stderr" ? path : compilation.under_prefix(path);
    log->level = *level;
    compilation.model.error_logs.push_back(log);
    return log;
}

// "address", "address:port", "[::1]:53"; a name is refused: resolving the resolver is not done at start.
std::optional<std::string> resolver_address(Compilation& compilation, const Word& word) {
    constexpr std::uint16_t dns_port = 53;
    SocketAddress address;
    if (SocketAddress::parse(word.text, dns_port, address)) return address.describe();
    const std::size_t colon = word.text.rfind(':');
    if (colon != std::string::npos) {
        const auto port = parse_decimal(std::string_view(word.text).substr(colon + 1));
        if (port && *port > 0 && *port <= 65535 &&
            SocketAddress::parse(word.text.substr(0, colon), static_cast<std::uint16_t>(*port), address)) {
            return address.describe();
        }
    }
    compilation.error(word, fmt::format("host not found in resolver \"{}\"", word.text),
                      "expected an address such as 127.0.0.11 or [::1]:5353");
    return std::nullopt;
}

bool resolver_parameter(Compilation& compilation, const Directive& directive, const Word& word,
                        model::ResolverSettings& settings) {
    if (const auto valid = value_of_parameter(word.text, "valid")) {
        Word value = word;
        value.text = std::string(*valid);
        settings.valid = time_value(compilation, directive, value);
        return true;
    }
    for (const auto& [name, family] :
         {std::pair{"ipv4", &settings.ipv4}, std::pair{"ipv6", &settings.ipv6}}) {
        const auto value = value_of_parameter(word.text, name);
        if (!value) continue;
        if (*value == "on" || *value == "off") {
            *family = *value == "on";
        } else {
            compilation.invalid_parameter(word, "expected \"on\" or \"off\"");
        }
        return true;
    }
    return word.text.starts_with("status_zone=");
}

// A map may use the variable of a later one, so all names come first.
void define_maps(Compilation& compilation, const Directive& block) {
    for (const Directive& directive : block.children) {
        const bool is_map =
            directive.name.text == "map" && directive.has_block && directive.arguments.size() == 2;
        if (!is_map) continue;
        const std::string_view name = directive.argument(1);
        compilation.variables.define_map(name.substr(name.starts_with('$') ? 1 : 0), directive.arguments[1]);
    }
}

void reserve_set_variables(Compilation& compilation, const std::vector<Directive>& directives) {
    for (const Directive& directive : directives) {
        reserve_set_variables(compilation, directive.children);
        if (directive.name.text != "set" || directive.arguments.size() != 2) continue;
        const std::string_view name = directive.argument(0);
        if (name.starts_with('$')) compilation.variables.reserve(name.substr(1), directive.arguments[0]);
    }
}

}   // namespace

void events(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Level inner(level.compilation, at::events, &directive, &level);
    compile_directives(inner, directive.children);
}

void http_block(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Level inner(level.compilation, at::http, &directive, &level);
    set_http_defaults(inner);
    define_maps(level.compilation, directive);
    reserve_set_variables(level.compilation, directive.children);
    compile_directives(inner, directive.children);
    // the default log is opened where the configuration names none
    for (const auto& log : inner.route.access_logs) {
        if (log->origin.source == nullptr) level.compilation.model.access_logs.push_back(log);
    }
}

void stream_block(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    add_default_error_log(compilation);
    compilation.swap_names();
    Level inner(compilation, at::stream, &directive, &level);
    inner.route.error_logs = compilation.model.process.error_logs;
    define_maps(compilation, directive);
    reserve_set_variables(compilation, directive.children);
    compile_directives(inner, directive.children);
    compilation.swap_names();
}

void pid(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    level.compilation.model.process.pid_path = level.compilation.under_prefix(directive.arguments[0].text);
}

void user(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    model::ProcessSettings& process = level.compilation.model.process;
    process.user = directive.arguments[0].text;
    process.group = directive.arguments.size() > 1 ? directive.arguments[1].text : process.user;
}

void worker_priority(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    std::string_view text = directive.argument(0);
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto number = parse_decimal(text);
    constexpr unsigned extreme = 20;   // of setpriority(2), which takes what lies beyond as its bound
    if (!number || *number > extreme) {
        level.compilation.error(directive.arguments[0], "invalid number", "expected -20 to 20");
        return;
    }
    level.compilation.model.process.priority = static_cast<int>(*number) * (negative ? -1 : 1);
}

void worker_processes(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    model::ProcessSettings& process = level.compilation.model.process;
    const Word& word = directive.arguments[0];
    if (word.text == "auto") {
        process.worker_processes = 0;
        return;
    }
    constexpr std::uint64_t most_workers = 1024;
    const auto number = number_value(level.compilation, directive, word);
    if (!number) return;
    if (*number == 0 || *number > most_workers) {
        level.compilation.error_in(directive, "invalid value",
                                   fmt::format("expected \"auto\" or 1 to {}", most_workers));
        return;
    }
    process.worker_processes = static_cast<int>(*number);
}

void error_log(Level& level, const Directive& directive) {
    auto log = error_log_of(level.compilation, directive);
    if (!log) return;
    if (level.context == at::main) {
        level.compilation.model.process.error_logs.push_back(std::move(log));
        return;
    }
    if (level.first(directive.name.text)) level.route.error_logs.clear();
    level.route.error_logs.push_back(std::move(log));
}

void resolver(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    if (directive.arguments[0].text == "off") return;
    model::ResolverSettings settings = compilation.model.resolver;
    settings.servers.clear();
    for (const Word& word : directive.arguments) {
        if (resolver_parameter(compilation, directive, word, settings)) continue;
        if (auto address = resolver_address(compilation, word))
            settings.servers.push_back(*std::move(address));
    }
    const bool differs = compilation.has_resolver && settings.servers != compilation.model.resolver.servers;
    if (differs) {
        compilation.warn(directive.name, "another \"resolver\" is used already: this one is not",
                         "one resolver serves all levels");
        return;
    }
    compilation.has_resolver = true;
    compilation.model.resolver = std::move(settings);
}

}   // namespace gatehouse::nginx::directives
