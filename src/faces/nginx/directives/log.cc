#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using Escape = model::LogFormat::Escape;

std::optional<Escape> escape_of(Compilation& compilation, const Word& word, std::string_view value) {
    if (value == "default") return Escape::standard;
    if (value == "json") return Escape::json;
    if (value == "none") return Escape::none;
    compilation.error(word, fmt::format("unknown log format escaping \"{}\"", value),
                      "expected \"default\", \"json\" or \"none\"");
    return std::nullopt;
}

bool set_parameter(Compilation& compilation, const Word& word, model::AccessLog& log) {
    if (const auto buffer = value_of_parameter(word.text, "buffer")) {
        const auto size = parse_size(*buffer);
        if (!size || *size == 0) compilation.error(word, fmt::format("invalid buffer size \"{}\"", *buffer));
        log.buffer_bytes = size.value_or(0);
        return true;
    }
    if (const auto flush = value_of_parameter(word.text, "flush")) {
        const auto time = parse_duration(*flush);
        if (!time || time->count() == 0)
            compilation.error(word, fmt::format("invalid flush time \"{}\"", *flush));
        log.flush = time.value_or(std::chrono::milliseconds(0));
        return true;
    }
    if (const auto condition = value_of_parameter(word.text, "if")) {
        log.condition = compilation.variables.parse(*condition, word);
        return true;
    }
    if (word.text == "gzip" || word.text.starts_with("gzip=")) {
        compilation.error(word, "compressed access logs are refused", "it is not supported yet");
        return true;
    }
    return false;
}

bool is_usable_path(Compilation& compilation, const Word& word) {
    if (word.text.starts_with("syslog:")) {
        compilation.error(word, "logging to syslog is refused",
                          "it is not supported yet: log to a file or /dev/stdout");
        return false;
    }
    return true;
}

}   // namespace

void log_format(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    auto format = std::make_shared<model::LogFormat>();
    format->name = directive.arguments[0].text;
    format->origin = compilation.origin(directive);
    std::size_t next = 1;
    if (const auto value = value_of_parameter(directive.arguments[1].text, "escape")) {
        const auto escape = escape_of(compilation, directive.arguments[1], *value);
        if (!escape) return;
        format->escape = *escape;
        ++next;
    }
    std::vector<model::Template::Part> parts;   // the arguments follow each other with nothing between
    for (; next < directive.arguments.size(); ++next) {
        const model::Template piece = compilation.variables.parse(directive.arguments[next]);
        parts.insert(parts.end(), piece.parts().begin(), piece.parts().end());
    }
    format->line = model::Template(std::move(parts));
    if (!compilation.log_formats.emplace(lower(format->name), format).second) {
        compilation.error(directive.arguments[0],
                          fmt::format("duplicate \"log_format\" name \"{}\"", format->name));
    }
}

void access_log(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& path = directive.arguments[0];
    if (level.first(directive.name.text)) level.route.access_logs.clear();
    if (path.text == "off") {
        if (directive.arguments.size() > 1) compilation.invalid_parameter(directive.arguments[1]);
        return;
    }
    if (!is_usable_path(compilation, path)) return;
    auto log = std::make_shared<model::AccessLog>();
    log->origin = compilation.origin(directive);
    if (has_variables(path.text)) {
        log->run_time_path = compilation.variables.parse(path);
        log->prefix = compilation.options.prefix;
    } else {
        log->path = compilation.under_prefix(path.text);
    }
    std::size_t next = 1;
    const bool in_stream = (level.context & (at::stream | at::stream_server)) != 0;
    if (in_stream && directive.arguments.size() == 1) {
        compilation.error(path, "log format is not specified",
                          "in stream there is no format by default: name one of \"log_format\"");
        return;
    }
    std::string name = "combined";
    if (directive.arguments.size() > 1) name = directive.arguments[next++].text;
    const auto format = compilation.log_formats.find(lower(name));
    if (format == compilation.log_formats.end()) {
        std::vector<std::string_view> names;
        for (const auto& [known, ignored] : compilation.log_formats) names.push_back(known);
        compilation.error(directive.arguments[1], fmt::format("unknown log format \"{}\"", name),
                          did_you_mean(name, names));
        return;
    }
    log->format = format->second;
    for (; next < directive.arguments.size(); ++next) {
        if (!set_parameter(compilation, directive.arguments[next], *log)) {
            compilation.invalid_parameter(directive.arguments[next], "expected buffer=, flush= or if=");
        }
    }
    if (log->buffer_bytes > 0 && !log->run_time_path.empty()) {
        compilation.error(path, "buffered logs cannot have variables in name");
    }
    if (log->flush.count() > 0 && log->buffer_bytes == 0) {
        compilation.error(path, fmt::format("no buffer is defined for access_log \"{}\"", path.text));
    }
    compilation.model.access_logs.push_back(log);
    level.route.access_logs.push_back(std::move(log));
}

}   // namespace gatehouse::nginx::directives
