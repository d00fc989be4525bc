#include "faces/nginx/compilation.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::nginx {

Compilation::Compilation(const Document& parsed, FileSource& files, const std::string& directory,
                         const CompileOptions& chosen, Diagnostics& reports)
    : Names(reports, variable_table, model::VariableScope::http),   // which only keeps where the table is
      document(parsed),
      options(chosen),
      diagnostics(reports),
      other_names(reports, variable_table, model::VariableScope::tcp),
      contexts(*this, files, directory) {
    for (std::uint32_t i = 0; i < parsed.sources.size(); ++i) {
        source_names_.push_back(std::make_shared<const std::string>(parsed.sources.at(i).path));
    }
    model.hostname = chosen.hostname;
}

void Compilation::error(const Word& where, std::string message, std::string hint) {
    diagnostics.add({.severity = Severity::error,
                     .message = std::move(message),
                     .position = where.position,
                     .length = where.length,
                     .hint = std::move(hint)});
}

void Compilation::warn(const Word& where, std::string message, std::string hint) {
    diagnostics.add({.severity = Severity::warning,
                     .message = std::move(message),
                     .position = where.position,
                     .length = where.length,
                     .hint = std::move(hint)});
}

void Compilation::notice(const Word& where, std::string message, std::string hint) {
    diagnostics.add({.severity = Severity::notice,
                     .message = std::move(message),
                     .position = where.position,
                     .length = where.length,
                     .hint = std::move(hint)});
}

void Compilation::error_in(const Directive& directive, std::string_view text, std::string hint) {
    error(directive.name, fmt::format("\"{}\" directive {}", directive.name.text, text), std::move(hint));
}

void Compilation::invalid_parameter(const Word& argument, std::string hint) {
    error(argument, fmt::format("invalid parameter \"{}\"", argument.text), std::move(hint));
}

model::Origin Compilation::origin(const Position& position) {
    if (position.line == 0 || position.file >= source_names_.size()) return {};
    return {.source = source_names_[position.file],
            .line = static_cast<int>(position.line),
            .column = static_cast<int>(position.column)};
}

std::string Compilation::under_prefix(std::string_view path) const {
    return path.starts_with('/') ? std::string(path) : options.prefix + std::string(path);
}

void Compilation::add_temp_directory(const std::string& path) {
    auto& directories = model.process.temp_directories;
    if (std::ranges::find(directories, path) == directories.end()) directories.push_back(path);
}

void Compilation::add_server(ServerDraft draft) {
    server_of_site_.emplace(draft.identity(), servers.size());
    servers.push_back(std::move(draft));
}

const ServerDraft& Compilation::draft_of(const void* site) const { return servers[server_of_site_.at(site)]; }

std::shared_ptr<const model::Regex> Compilation::regex(std::string_view pattern, bool ignore_case,
                                                       const Word& where) {
    auto compiled = model::Regex::compile(std::string(pattern), ignore_case);
    if (!compiled) {
        error(where, fmt::format("invalid regular expression \"{}\"", pattern),
              fmt::format("{}, at byte {} of the expression", compiled.error().message,
                          compiled.error().offset));
        return nullptr;
    }
    for (model::NamedCapture& capture : (*compiled)->named())
        capture.slot = variables.define(capture.name, where);
    return *std::move(compiled);
}

}   // namespace gatehouse::nginx
