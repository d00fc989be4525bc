#include "faces/traefik/load_static.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "base/suggestion.h"
#include "base/text.h"
#include "faces/traefik/arguments.h"
#include "faces/traefik/constraints.h"
#include "faces/traefik/dynamic_file.h"
#include "faces/traefik/file_tree.h"
#include "faces/traefik/text_template.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view internal_entry_point = "traefik";

std::string variable(std::span<const std::string> environment, std::string_view name) {
    for (const std::string& entry : environment) {
        if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=') {
            return entry.substr(name.size() + 1);
        }
    }
    return {};
}

// Where Traefik looks for a file when none is named, in its order.
std::vector<std::string> usual_files(std::span<const std::string> environment) {
    std::vector<std::string> bases = {"/etc/traefik/traefik"};
    if (const auto home = variable(environment, "XDG_CONFIG_HOME"); !home.empty())
        bases.push_back(home + "/traefik");
    if (const auto home = variable(environment, "HOME"); !home.empty())
        bases.push_back(home + "/.config/traefik");
    bases.emplace_back("./traefik");
    std::vector<std::string> files;
    for (const std::string& base : bases) {
        for (const std::string_view ending : {".toml", ".yaml", ".yml"})
            files.push_back(base + std::string(ending));
    }
    return files;
}

class StaticLoading {
public:
    StaticLoading(const StaticSources& sources, Remarks& remarks) : sources_(sources), remarks_(remarks) {}

    std::optional<StaticConfiguration> run() {
        const Table& table = StaticConfiguration::table();
        auto arguments = tree_of_arguments(sources_.arguments, table, limits_, remarks_);
        if (!arguments) return std::nullopt;
        std::string named;
        if (const Node* node = arguments->child("configFile"); node != nullptr)
            named = node->value.value_or("");
        std::optional<Node> tree;
        if (!find_file(named)) return std::nullopt;
        Written written = Written::as_flags;
        if (file_) {
            tree = tree_of_file(*file_, path_, {}, remarks_);
            if (tree) drop_unknown_roots(*tree, table, remarks_);
            written = Written::in_file;
            warn_of_unused(*arguments);
        } else if (!arguments->children.empty()) {
            tree = std::move(arguments);
        } else {
            tree = tree_of_environment(sources_.environment, table, limits_, remarks_);
        }
        if (!tree) return std::nullopt;
        StaticConfiguration configuration;
        Decoding(written, remarks_).read_object(*tree, configuration);
        if (!remarks_.has_errors()) check(configuration);
        if (remarks_.has_errors()) return std::nullopt;
        return configuration;
    }

private:
    bool find_file(const std::string& named) {
        if (!named.empty()) {
            path_ = named;
            if (sources_.read_file) file_ = sources_.read_file(named);
            if (!file_) {
                remarks_.error({std::make_shared<const std::string>("--configFile"), 0, 0},
                               fmt::format("cannot read {}", named));
            }
            return file_.has_value();
        }
        for (const std::string& path : usual_files(sources_.environment)) {
            if (file_ || !sources_.read_file) break;
            file_ = sources_.read_file(path);
            path_ = path;
        }
        return true;
    }

    void warn_of_unused(const Node& arguments) {
        for (const Node& node : arguments.children) {
            if (equals_ignoring_case(node.name, "configFile")) continue;
            remarks_.warning(
                node.origin,
                fmt::format("not used, as {} is: Traefik takes its static configuration from one place",
                            path_),
                "move it into the file");
        }
    }

    void check(StaticConfiguration& configuration) {
        add_entry_points(configuration);
        for (const auto& [name, entry_point] : configuration.entry_points)
            check_entry_point(name, entry_point, configuration);
        const auto needs = [&](const std::string& name, std::string_view who) {
            if (configuration.entry_points.contains(name)) return;
            remarks_.error({}, fmt::format("{} names an entry point \"{}\", which there is not", who, name),
                           known_entry_points(configuration, name));
        };
        if (configuration.ping && !configuration.ping->manual_routing)
            needs(configuration.ping->entry_point, "ping");
        const bool has_metrics = configuration.metrics && configuration.metrics->prometheus;
        if (has_metrics && !configuration.metrics->prometheus->manual_routing) {
            needs(configuration.metrics->prometheus->entry_point, "metrics.prometheus");
        }
        if (configuration.api && !configuration.api->base_path.starts_with('/')) {
            remarks_.error({}, "api.basePath begins with a /");
        }
        if (configuration.core && configuration.core->default_rule_syntax != "v2" &&
            configuration.core->default_rule_syntax != "v3") {
            remarks_.error({}, "core.defaultRuleSyntax is v2 or v3");
        }
        if (configuration.providers.docker) check_provider(*configuration.providers.docker, "docker");
        if (configuration.providers.swarm) check_provider(*configuration.providers.swarm, "swarm");
    }

    static std::string known_entry_points(const StaticConfiguration& configuration, std::string_view wrong) {
        std::vector<std::string_view> names;
        for (const auto& [name, entry_point] : configuration.entry_points) names.push_back(name);
        const std::string meant = did_you_mean(wrong, names);
        return meant.empty() ? fmt::format("known are {}", fmt::join(names, ", ")) : meant;
    }

    template <class Provider>
    void check_provider(const Provider& provider, std::string_view name) {
        if (const auto parsed = TextTemplate::parse(provider.default_rule); !parsed) {
            remarks_.error({},
                           fmt::format("providers.{}.defaultRule: {} (at byte {})", name,
                                       parsed.error().message, parsed.error().offset),
                           provider.default_rule);
        }
        if (const auto parsed = Constraints::parse(provider.constraints); !parsed) {
            remarks_.error({},
                           fmt::format("providers.{}.constraints: {} (at byte {})", name,
                                       parsed.error().message, parsed.error().offset),
                           provider.constraints);
        }
    }

    void check_entry_point(const std::string& name, const EntryPoint& entry_point,
                           const StaticConfiguration& configuration) {
        const model::Origin& origin = entry_point.source.origin;
        const auto slash = entry_point.address.find('/');
        const std::string protocol = slash == std::string::npos
                                         ? "tcp"
                                         : lower(std::string_view(entry_point.address).substr(slash + 1));
        if (entry_point.address.empty()) {
            remarks_.error(origin, fmt::format("entry point \"{}\" has no address", name),
                           fmt::format("entryPoints.{}.address=:80", name));
        } else if (protocol != "tcp" && protocol != "udp") {
            remarks_.error(origin, fmt::format("entry point \"{}\": the protocol is tcp or udp, not {}", name,
                                               protocol));
        }
        constexpr std::array<std::string_view, 3> strategies = {"keep", "delete", "reject"};
        if (std::ranges::find(strategies, entry_point.http.underscore_headers_strategy) == strategies.end()) {
            remarks_.error(
                origin,
                fmt::format("entry point \"{}\": underscoreHeadersStrategy is keep, delete or reject", name));
        }
        const auto& redirections = entry_point.http.redirections;
        if (!redirections || !redirections->entry_point) return;
        const std::string& to = redirections->entry_point->to;
        if (to.empty()) {
            remarks_.error(origin, fmt::format("entry point \"{}\" redirects to no entry point", name),
                           "add http.redirections.entryPoint.to=NAME");
        } else if (!to.starts_with(':') && !configuration.entry_points.contains(to)) {
            remarks_.error(
                origin, fmt::format("entry point \"{}\" redirects to \"{}\", which there is not", name, to),
                known_entry_points(configuration, to));
        }
    }

    // Those that are there because something else is.
    static void add_entry_points(StaticConfiguration& configuration) {
        auto& entry_points = configuration.entry_points;
        const bool only_internal = std::ranges::all_of(
            entry_points, [](const auto& named) { return named.first == internal_entry_point; });
        if (only_internal) entry_points["http"].address = ":80";
        const bool by_ping = configuration.ping && !configuration.ping->manual_routing &&
                             configuration.ping->entry_point == internal_entry_point;
        const bool by_metrics = configuration.metrics && configuration.metrics->prometheus &&
                                !configuration.metrics->prometheus->manual_routing &&
                                configuration.metrics->prometheus->entry_point == internal_entry_point;
        const bool by_api = configuration.api && configuration.api->insecure;
        const std::string name(internal_entry_point);
        if ((by_ping || by_metrics || by_api) && !entry_points.contains(name))
            entry_points[name].address = ":8080";
    }

    const StaticSources& sources_;
    Remarks& remarks_;
    TreeLimits limits_;
    std::optional<std::string> file_;
    std::string path_;
};

}   // namespace

std::optional<StaticConfiguration> load_static(const StaticSources& sources, Remarks& remarks) {
    return StaticLoading(sources, remarks).run();
}

}   // namespace gatehouse::traefik
