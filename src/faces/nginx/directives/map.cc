#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"

namespace gatehouse::nginx::directives {
namespace {

using model::MapBlock;

bool is_switch(const Directive& entry, std::string_view name) {
    return entry.arguments.empty() && entry.name.text == name;
}

void report_conflict(Compilation& compilation, const Directive& entry) {
    compilation.error(entry.name, fmt::format("conflicting parameter \"{}\"", entry.name.text),
                      "another entry has the same key");
}

void add_regex(Compilation& compilation, const Directive& entry, model::Template value, MapBlock& map) {
    std::string_view pattern = std::string_view(entry.name.text).substr(1);
    const bool ignore_case = pattern.starts_with('*');
    if (ignore_case) pattern.remove_prefix(1);
    auto regex = compilation.regex(pattern, ignore_case, entry.name);
    if (regex) map.regexes.push_back({.regex = std::move(regex), .value = std::move(value)});
}

// With `hostnames`, "*.x" matches below x, ".x" also x itself, and "x.*" any ending.
void add_key(Compilation& compilation, const Directive& entry, const model::Template& value, MapBlock& map) {
    std::string_view key = entry.name.text;
    if (key.starts_with('\\')) key.remove_prefix(1);   // "\default", "\~x": the word itself
    const auto add = [&](auto& table, std::string_view text) {
        if (!table.emplace(std::string(text), value).second) report_conflict(compilation, entry);
    };
    if (!map.hostnames) {
        add(map.exact, key);
    } else if (key.starts_with("*.")) {
        add(map.leading, key.substr(2));
    } else if (key.starts_with('.') && key.size() > 1) {
        add(map.exact, key.substr(1));
        add(map.leading, key.substr(1));
    } else if (key.ends_with(".*")) {
        add(map.trailing, key.substr(0, key.size() - 2));
    } else if (key.find('*') != std::string_view::npos) {
        compilation.error(entry.name, fmt::format("invalid hostname or wildcard \"{}\"", key));
    } else {
        add(map.exact, key);
    }
}

void add_entry(Compilation& compilation, const Directive& entry, MapBlock& map, bool& has_default) {
    if (entry.has_block) {
        compilation.error(entry.name, "unexpected \"{\"", "expected a key, a value and \";\"");
        return;
    }
    if (is_switch(entry, "hostnames") || is_switch(entry, "volatile")) return;
    if (entry.arguments.size() != 1) {
        compilation.error(entry.name, "invalid number of the map parameters",
                          "expected a key, a value and \";\"");
        return;
    }
    model::Template value = compilation.variables.parse(entry.arguments[0]);
    if (entry.name.text == "default") {
        if (has_default) compilation.error(entry.name, "duplicate default map parameter");
        has_default = true;
        map.fallback = std::move(value);
    } else if (entry.name.text.starts_with('~')) {
        add_regex(compilation, entry, std::move(value), map);
    } else {
        add_key(compilation, entry, value, map);
    }
}

}   // namespace

void map_block(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    auto map = std::make_shared<MapBlock>();
    map->origin = compilation.origin(directive);
    const std::string& name = directive.arguments[1].text;
    if (name.starts_with('$') && name.size() > 1) {
        map->name = lower(std::string_view(name).substr(1));
    } else {
        compilation.error(directive.arguments[1], fmt::format("invalid variable name \"{}\"", name),
                          "expected a name that begins with \"$\"");
    }
    map->subject = compilation.variables.parse(directive.arguments[0]);
    for (const Directive& entry :
         directive.children) {   // the switches hold for all entries, wherever they stand
        map->hostnames = map->hostnames || is_switch(entry, "hostnames");
        map->is_volatile = map->is_volatile || is_switch(entry, "volatile");
    }
    bool has_default = false;
    for (const Directive& entry : directive.children) add_entry(compilation, entry, *map, has_default);
    compilation.model.maps.push_back(std::move(map));
}

}   // namespace gatehouse::nginx::directives
