#include "check/check.h"

#include "base/text.h"
#include "check/nginx_check.h"
#include "check/traefik_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gatehouse::check {
namespace {

class Run {
public:
    Run(const Inputs& inputs, nginx::FileSource& files)
        : inputs_(inputs), files_(files), variables_(Variables::Values{}) {}

    Outcome run() {
        for (const std::string& path : inputs_.paths) sort_out(path);
        if (!out_.cannot_be_read) look();
        finish();
        return std::move(out_);
    }

private:
    void look() {
        variables_ = Variables(known_variables());
        ComposeReader reader(
            variables_, [this](const std::string& path) { return read(path); }, out_.findings);
        ComposeProject project = reader.read(compose_);
        if (!inputs_.project_name.empty()) project.name = inputs_.project_name;
        note_profiles(project);
        const TraefikInputs traefik{.static_file = static_, .dynamic_files = dynamic_, .now = inputs_.now};
        TraefikCheck(project, traefik, files_, variables_, out_).run();
        check_confs(project);
    }

    std::optional<std::string> read(const std::string& path) {
        auto text = files_.read(path);
        if (!text) return std::nullopt;
        return std::move(*text);
    }

    void sort_out(const std::string& path) {
        const auto text = files_.read(path);
        if (!text) {
            out_.findings.error("unreadable", {path}, nginx::why_unreadable("", text.error()));
            out_.cannot_be_read = true;
            return;
        }
        const FileKind kind = kind_of(path, *text);
        out_.files.push_back({.path = path, .kind = kind});
        if (kind != FileKind::nginx) out_.sources.add({.path = path, .text = *text});
        switch (kind) {
            case FileKind::compose: compose_.push_back(path); break;
            case FileKind::nginx: confs_.push_back(path); break;
            case FileKind::traefik_dynamic: dynamic_.push_back(path); break;
            case FileKind::traefik_static:
                if (!static_.empty()) {
                    out_.findings.error(
                        "two-static", {path, 1, 1},
                        fmt::format("a second static configuration: {} is one already", static_));
                } else {
                    static_ = path;
                }
                break;
            case FileKind::both_of_traefik:
                out_.findings.error(
                    "mixed", {path, 1, 1},
                    "static and dynamic configuration in one file: Traefik reads each from its own",
                    "move http, tcp, udp and tls into a file of their own");
                break;
            case FileKind::unknown:
                out_.findings.error(
                    "unknown-kind", {path}, "neither a compose file, nor a configuration of nginx or Traefik",
                    "compose files have \"services\", Traefik's \"entryPoints\", \"http\" or the like");
                out_.cannot_be_read = true;
                break;
        }
    }

    // The environment goes before files, as in Compose.
    Variables::Values known_variables() {
        Variables::Values values;
        const std::string beside_it = compose_.empty() ? ".env" : folder_of(compose_.front()) + ".env";
        const std::string path = inputs_.env_file.empty() ? beside_it : inputs_.env_file;
        const auto text = read(path);
        if (text) values = read_env_file(*text);
        if (!text && !inputs_.env_file.empty()) {
            out_.findings.error("unreadable", {path}, "cannot be read");
            out_.cannot_be_read = true;
        }
        for (const std::string& entry : inputs_.environment) {
            const auto equals = entry.find('=');
            if (equals != std::string::npos)
                values.insert_or_assign(entry.substr(0, equals), entry.substr(equals + 1));
        }
        return values;
    }

    void note_profiles(const ComposeProject& project) {
        for (const auto& [name, service] : project.services) {
            if (service.profiles.empty() || !has_traefik_labels(service.labels)) continue;
            out_.findings.notice("profile", service.place,
                                 fmt::format("service \"{}\" is started with a profile alone: {}", name,
                                             fmt::join(service.profiles, ", ")),
                                 "it is checked as if it was");
        }
    }

    void check_confs(const ComposeProject& project) {
        const NginxInputs inputs{.project = compose_.empty() ? nullptr : &project, .now = inputs_.now};
        for (const std::string& path : confs_) {
            const auto file = std::ranges::find(out_.files, path, &CheckedFile::path);
            std::rotate(file, file + 1, out_.files.end());   // check_nginx fills the last one
            check_nginx(path, inputs, files_, out_);
        }
        std::ranges::stable_sort(out_.files, {}, [this](const CheckedFile& file) {
            return std::ranges::find(inputs_.paths, file.path) - inputs_.paths.begin();
        });
    }

    void finish() {
        std::vector<std::string> order = inputs_.paths;
        for (Finding& finding : out_.findings.items()) {
            sharpen(finding.place);
            // a consequence of what was said already
            if (variables_.has_stand_in(finding.message) && finding.severity == Severity::error) {
                finding.severity = Severity::notice;
                finding.hint = "a variable without a value is part of it";
            }
            finding.message = variables_.restored(finding.message);
            finding.hint = variables_.restored(finding.hint);
        }
        for (CheckedRoute& route : out_.routes) {
            for (auto* text : {&route.rule, &route.router, &route.service, &route.never, &route.address,
                               &route.entry_point})
                *text = variables_.restored(*text);
            for (auto* texts : {&route.servers, &route.middlewares}) {
                for (std::string& text : *texts) text = variables_.restored(text);
            }
        }
        for (CheckedContainer& container : out_.containers) {
            for (auto* text : {&container.sentence, &container.advice}) *text = variables_.restored(*text);
            for (auto* texts : {&container.routers, &container.not_served}) {
                for (std::string& text : *texts) text = variables_.restored(text);
            }
        }
        out_.findings.sort(order);
    }

    // A quoted text begins behind its quote, and nothing is underlined beyond its line.
    void sharpen(Place& place) {
        for (std::uint32_t index = 0; index < out_.sources.size() && place.line > 0; ++index) {
            if (out_.sources.at(index).path != place.file) continue;
            const auto line = out_.sources.line({index, place.line, place.column});
            const auto at = [&](std::size_t column) {
                return column <= line.size() && column > 0 ? line[column - 1] : ' ';
            };
            const auto is_quote = [](char c) { return c == '"' || c == '\''; };
            if (is_quote(at(place.column))) ++place.column;
            if (place.byte > 0) go_into_value(place, line, at, is_quote);
            const auto rest = place.column <= line.size() ? line.size() - place.column + 1 : 1;
            place.length = static_cast<std::uint32_t>(std::min<std::size_t>(place.length, rest));
            return;
        }
    }

    // NAME=VALUE, or NAME: VALUE; where the value is not as it stands there, the name stays underlined.
    template <class At, class IsQuote>
    static void go_into_value(Place& place, std::string_view line, const At& at, const IsQuote& is_quote) {
        std::uint32_t column = place.column + place.length;
        if (is_quote(at(column))) ++column;
        const char mark = at(column++);
        while (mark == ':' && at(column) == ' ' && column < line.size()) ++column;
        if (is_quote(at(column))) ++column;
        if ((mark != '=' && mark != ':') || column + place.byte - 1 > line.size()) return;
        if (line.find("$$") != std::string_view::npos || line.find('\\') != std::string_view::npos) return;
        place.column = column + place.byte - 1;
        place.length = 1;
    }

    const Inputs& inputs_;
    nginx::FileSource& files_;
    Variables variables_;
    Outcome out_;
    std::vector<std::string> compose_, confs_, dynamic_;
    std::string static_;
};

}   // namespace

std::vector<std::string> usual_files(nginx::FileSource& files) {
    std::vector<std::string> found;
    for (const std::string& base : {std::string("compose"), std::string("docker-compose")}) {
        for (const char* ending : {".yaml", ".yml"}) {
            if (!found.empty() || !files.read(base + ending)) continue;
            found.push_back(base + ending);
            for (const std::string& over : {base + ".override.yaml", base + ".override.yml"}) {
                if (files.read(over)) found.push_back(over);
            }
        }
    }
    return found;
}

Outcome run_check(const Inputs& inputs, nginx::FileSource& files) { return Run(inputs, files).run(); }

}   // namespace gatehouse::check
