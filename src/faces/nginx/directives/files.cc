#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

using model::FileSettings;

bool is_forbidden_in_root(Compilation& compilation, const Directive& directive) {
    const Word& word = directive.arguments[0];
    for (std::string_view name :
         {"$document_root", "${document_root}", "$realpath_root", "${realpath_root}"}) {
        if (word.text.find(name) == std::string::npos) continue;
        compilation.error(word, fmt::format("the {} variable cannot be used in the \"{}\" directive", name,
                                            directive.name.text));
        return true;
    }
    return false;
}

// root and alias are one setting: the second of them on a level is a duplicate, whichever it is.
bool first_root(Level& level, const Directive& directive) {
    if (level.first("root or alias")) {
        static_cast<void>(level.first(directive.name.text));
        return true;
    }
    const bool same = level.seen.contains(directive.name.text);
    const std::string_view other = directive.name.text == "root" ? "alias" : "root";
    level.compilation.error_in(
        directive,
        same ? "is duplicate" : fmt::format("is duplicate, \"{}\" directive was specified earlier", other));
    return false;
}

model::Template path_template(Compilation& compilation, const Word& word, bool keep_final_slash) {
    std::string path = word.text.starts_with('$') ? word.text : compilation.under_prefix(word.text);
    if (!keep_final_slash && path.size() > 1 && path.ends_with('/')) path.pop_back();
    return compilation.variables.parse(path, word);
}

// `location /static { alias /srv/files/; }` lets "/static../x" reach /srv/x: one slash too few on one side.
void warn_of_traversal(Level& level, const Directive& directive) {
    const bool is_prefix = level.location_kind == model::Location::Kind::prefix ||
                           level.location_kind == model::Location::Kind::prefix_no_regex;
    if (!is_prefix || level.block == nullptr) return;
    const std::string& location = level.block->arguments.back().text;
    const std::string& path = directive.arguments[0].text;
    if (location.ends_with('/') || !path.ends_with('/')) return;
    level.compilation.warn(directive.arguments[0],
                           fmt::format("\"{}../\" reaches the parent directory of the alias", location),
                           fmt::format("write \"location {}/\"", location));
}

}   // namespace

void root(Level& level, const Directive& directive) {
    if (!first_root(level, directive) || is_forbidden_in_root(level.compilation, directive)) return;
    FileSettings& files = level.route.files;
    files.root = path_template(level.compilation, directive.arguments[0], false);
    files.is_alias = false;
    files.alias_prefix_bytes = 0;
}

void alias(Level& level, const Directive& directive) {
    if (!first_root(level, directive) || is_forbidden_in_root(level.compilation, directive)) return;
    if (level.location_kind == model::Location::Kind::named) {
        level.compilation.error(directive.name,
                                "the \"alias\" directive cannot be used inside the named location",
                                "there is no prefix to replace: use \"root\"");
        return;
    }
    warn_of_traversal(level, directive);
    FileSettings& files = level.route.files;
    files.root = path_template(level.compilation, directive.arguments[0], true);
    files.is_alias = true;
    files.alias_prefix_bytes = 0;
    if (level.location_kind == model::Location::Kind::regex) return;
    std::string_view prefix = level.block->arguments.back().text;
    if (level.block->arguments.size() == 1) {   // the modifier may be written together with the text
        prefix.remove_prefix(prefix.starts_with("^~") ? 2 : prefix.starts_with('=') ? 1 : 0);
    }
    files.alias_prefix_bytes = prefix.size();
}

void index(Level& level, const Directive& directive) {
    FileSettings& files = level.route.files;
    if (level.first(directive.name.text)) files.index.clear();
    for (const Word& word : directive.arguments) {
        if (word.text.starts_with('/') && &word != &directive.arguments.back()) {
            level.compilation.warn(word,
                                   fmt::format("only the last index in \"{}\" directive should be absolute",
                                               directive.name.text));
        }
        if (word.text.empty()) {
            level.compilation.error(word, "index \"\" in \"index\" directive is invalid");
            continue;
        }
        files.index.push_back(level.compilation.variables.parse(word));
    }
}

void types(Level& level, const Directive& directive) {
    auto table = level.first(directive.name.text) || !level.route.files.types
                     ? std::make_shared<http::MediaTypes>()
                     : std::make_shared<http::MediaTypes>(*level.route.files.types);
    for (const Directive& entry : directive.children) {
        if (entry.has_block) {
            level.compilation.error(entry.name, "unexpected \"{\"",
                                    "expected a media type, extensions and \";\"");
            continue;
        }
        for (const Word& extension : entry.arguments) table->add(extension.text, entry.name.text);
    }
    level.route.files.types = std::move(table);
}

void try_files(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    auto tries = std::make_shared<model::TryFiles>();
    tries->origin = compilation.origin(directive);
    for (std::size_t i = 0; i + 1 < directive.arguments.size(); ++i) {
        const Word& word = directive.arguments[i];
        const bool directory = word.text.ends_with('/');
        const std::string_view path =
            std::string_view(word.text).substr(0, word.text.size() - (directory ? 1 : 0));
        tries->tests.push_back({.path = compilation.variables.parse(path, word), .directory = directory});
    }
    const Word& last = directive.arguments.back();
    if (last.text.starts_with('=')) {
        const auto code = parse_decimal(std::string_view(last.text).substr(1));
        if (!code || *code == 0 || *code > 999) {
            compilation.error(last, fmt::format("invalid code \"{}\"", last.text),
                              "expected a status such as \"=404\"");
            return;
        }
        tries->status = static_cast<int>(*code);
    } else {
        tries->fallback = compilation.variables.parse(last);
    }
    level.route.try_files = std::move(tries);
}

void open_file_cache(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    FileSettings::OpenFileCache& cache = level.route.files.open_file_cache;
    cache.max = 0;
    for (const Word& word : directive.arguments) {
        if (word.text == "off") return;
        if (const auto max = value_of_parameter(word.text, "max")) {
            const auto number = parse_decimal(*max);
            if (number && *number > 0) {
                cache.max = *number;
                continue;
            }
        }
        if (const auto inactive = value_of_parameter(word.text, "inactive")) {
            if (const auto time = parse_duration(*inactive)) {
                cache.inactive = *time;
                continue;
            }
        }
        compilation.error(word, fmt::format("invalid \"open_file_cache\" parameter \"{}\"", word.text),
                          "expected \"off\", or \"max=N\" and \"inactive=TIME\"");
    }
    if (cache.max == 0)
        compilation.error(directive.name, "\"open_file_cache\" must have the \"max\" parameter");
}

void disable_symlinks(Level& level, const Directive& directive) {
    using Symlinks = FileSettings::Symlinks;
    constexpr Choice<Symlinks> choices[] = {
        {"off", Symlinks::allowed}, {"on", Symlinks::refused}, {"if_not_owner", Symlinks::if_not_owner}};
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    FileSettings& files = level.route.files;
    files.symlinks_from = {};
    if (const auto choice = choice_value(compilation, directive.arguments[0], choices))
        files.symlinks = *choice;
    if (directive.arguments.size() < 2) return;
    const Word& word = directive.arguments[1];
    if (const auto from = value_of_parameter(word.text, "from")) {
        files.symlinks_from = compilation.variables.parse(*from, word);
    } else {
        compilation.invalid_parameter(word, "expected \"from=PATH\"");
    }
}

void if_modified_since(Level& level, const Directive& directive) {
    using IfModifiedSince = FileSettings::IfModifiedSince;
    constexpr Choice<IfModifiedSince> choices[] = {{"off", IfModifiedSince::off},
                                                   {"exact", IfModifiedSince::exact},
                                                   {"before", IfModifiedSince::before}};
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices)) {
        level.route.files.if_modified_since = *choice;
    }
}

void autoindex_format(Level& level, const Directive& directive) {
    using Format = FileSettings::AutoindexFormat;
    constexpr Choice<Format> choices[] = {
        {"html", Format::html}, {"json", Format::json}, {"jsonp", Format::jsonp}, {"xml", Format::xml}};
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], choices)) {
        level.route.files.autoindex_format = *choice;
    }
}

}   // namespace gatehouse::nginx::directives
