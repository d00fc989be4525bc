#include "check/file_kind.h"

#include "base/text.h"
#include "check/yaml_value.h"
#include "faces/traefik/dynamic.h"
#include "faces/traefik/file_tree.h"
#include "faces/traefik/static_configuration.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace gatehouse::check {
namespace {

constexpr std::array<std::string_view, 9> compose_roots = {
    "services", "volumes", "configs", "secrets", "networks", "version", "include", "name", "x-"};

// The names a file begins with.
std::vector<std::string> roots_of(std::string_view path, std::string_view text) {
    std::vector<std::string> roots;
    if (path.ends_with(".toml")) {
        traefik::Remarks ignored;
        const auto tree = traefik::tree_of_toml(text, std::string(path), {}, ignored);
        if (!tree) return roots;
        for (const auto& child : tree->children) roots.push_back(child.name);
        return roots;
    }
    Findings ignored;
    if (const auto value = read_yaml(text, std::string(path), ignored)) {
        for (const Member& member : value->members) roots.push_back(member.name);
        return roots;
    }
    // Broken, or a template: its lines say what it was meant to be.
    for (const auto line : split(text, '\n')) {
        const auto colon = line.find(':');
        if (!line.empty() && is_alpha(line.front()) && colon != std::string_view::npos)
            roots.emplace_back(line.substr(0, colon));
    }
    return roots;
}

bool any_is_in(const std::vector<std::string>& roots, const traefik::Table& table) {
    return std::ranges::any_of(roots, [&](const std::string& root) {
        return std::ranges::any_of(table.fields, [&](const traefik::Field& field) {
            return equals_ignoring_case(field.name, root);
        });
    });
}

}   // namespace

FileKind kind_of(std::string_view path, std::string_view text) {
    const auto ends = [&](std::string_view ending) { return path.ends_with(ending); };
    if (!ends(".yml") && !ends(".yaml") && !ends(".json") && !ends(".toml")) return FileKind::nginx;
    const auto roots = roots_of(path, text);
    const auto has = [&](std::string_view name) { return std::ranges::count(roots, name) > 0; };
    if (has("services") && !ends(".toml")) return FileKind::compose;
    const bool is_static = any_is_in(roots, traefik::StaticConfiguration::table());
    const bool is_dynamic = any_is_in(roots, traefik::DynamicConfiguration::table());
    if (is_static && is_dynamic) return FileKind::both_of_traefik;
    if (is_static) return FileKind::traefik_static;
    if (is_dynamic) return FileKind::traefik_dynamic;
    const bool is_compose = std::ranges::any_of(roots, [](const std::string& root) {
        return std::ranges::any_of(compose_roots, [&](auto known) { return root.starts_with(known); });
    });
    return is_compose && !ends(".toml") ? FileKind::compose : FileKind::unknown;
}

std::string_view word_for(FileKind kind) {
    switch (kind) {
        case FileKind::compose: return "compose file";
        case FileKind::nginx: return "nginx configuration";
        case FileKind::traefik_static: return "static configuration of Traefik";
        case FileKind::traefik_dynamic: return "dynamic configuration of Traefik";
        case FileKind::both_of_traefik:
        case FileKind::unknown: break;
    }
    return "unknown";
}

}   // namespace gatehouse::check
