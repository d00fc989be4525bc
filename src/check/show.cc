#include "check/show.h"

#include "base/suggestion.h"
#include "base/text.h"
#include "faces/nginx/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gatehouse::check {
namespace {

constexpr std::size_t widest_rule = 64;

// Columns a terminal needs.
std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
    const auto have = width_of(text);
    if (have < width) text.append(width - have, ' ');
    return text;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

class Showing {
public:
    Showing(const Outcome& outcome, const ShowOptions& options) : outcome_(outcome), options_(options) {}

    std::string run() {
        for (const Finding& finding : outcome_.findings.items()) {
            if (finding.severity != Severity::notice || options_.notices) add(finding);
        }
        if (!outcome_.cannot_be_read) {
            add_routes();
            add_containers();
            add_sites();
        }
        add_summary();
        return std::move(text_);
    }

private:
    [[nodiscard]] std::string painted(std::string_view text, std::string_view code) const {
        return options_.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
    }

    void begin_block() {
        if (!text_.empty()) text_ += '\n';
    }

    // "FILE:LINE:COLUMN: error: message", the line, and what to do below the place.
    void add(const Finding& finding) {
        const Place& place = finding.place;
        std::string where = place.file;
        if (place.line > 0) where += fmt::format(":{}:{}", place.line, place.column);
        if (!where.empty()) where += ": ";
        constexpr std::array<std::string_view, 3> colors = {"1;31", "1;35", "1;36"};
        text_ += painted(printable(where), "1");
        text_ += painted(fmt::format("{}: ", word_for(finding.severity)),
                         colors[static_cast<std::size_t>(finding.severity)]);
        text_ += printable(finding.message) + '\n';
        nginx::Diagnostic diagnostic{
            .position = {.file = index_of(place.file), .line = place.line, .column = place.column},
            .length = place.length,
            .hint = finding.hint};
        const auto picture = nginx::render_for_terminal(diagnostic, outcome_.sources);
        text_ += std::string_view(picture).substr(picture.find('\n') + 1);
    }

    [[nodiscard]] std::uint32_t index_of(const std::string& path) const {
        for (std::uint32_t index = 0; index < outcome_.sources.size(); ++index) {
            if (outcome_.sources.at(index).path == path) return index;
        }
        return static_cast<std::uint32_t>(outcome_.sources.size());
    }

    [[nodiscard]] static bool is_own(const CheckedRoute& route) { return !route.rule.empty(); }

    [[nodiscard]] std::string title_of(const CheckedRoute& route) const {
        const std::string_view security = route.protocol == "udp" ? "" : route.tls ? "TLS" : "no TLS";
        const std::string_view address = outcome_.assumed.empty() ? route.address : std::string_view();
        const bool has_both = !address.empty() && !security.empty();
        return fmt::format("{} ({}{}{})", route.entry_point, address, has_both ? ", " : "", security);
    }

    void add_routes() {
        std::size_t width = 0;
        for (const CheckedRoute& route : outcome_.routes)
            width = std::max(width, std::min(width_of(route.rule), widest_rule));
        std::string title;
        bool is_redirected = false;
        for (const CheckedRoute& route : outcome_.routes) {
            if (!is_own(route)) continue;   // redirections, the API: not written by anybody
            if (const auto now = title_of(route); now != title) {
                begin_block();
                text_ += painted("entry point " + printable(now), "1") + '\n';
                title = now;
                is_redirected = false;
            }
            if (route.is_redirected && is_redirected) continue;
            is_redirected = route.is_redirected;
            if (is_redirected) {
                text_ += "  everything is redirected\n";
                continue;
            }
            std::string target = fmt::format("{}", fmt::join(route.servers, ", "));
            if (target.empty()) target = route.service;
            text_ += fmt::format("  {}  → {}", padded(printable(route.rule), width), printable(target));
            if (!route.never.empty()) text_ += painted("  never reached", "35");
            text_ += '\n';
        }
        if (!outcome_.assumed.empty() && !title.empty()) text_ += fmt::format("  ({})\n", outcome_.assumed);
    }

    void add_containers() {
        if (outcome_.containers.empty()) return;
        begin_block();
        text_ += painted("services", "1") + '\n';
        std::size_t width = 0;
        for (const CheckedContainer& container : outcome_.containers)
            width = std::max(width, width_of(container.service));
        for (const CheckedContainer& container : outcome_.containers) {
            text_ +=
                fmt::format("  {}  {}\n", padded(printable(container.service), width), said_of(container));
        }
    }

    [[nodiscard]] std::string said_of(const CheckedContainer& container) const {
        const std::string proxy = container.is_proxy ? "the proxy; " : "";
        if (!container.has_labels && container.outcome != "routed") return proxy + "no labels";
        if (container.outcome == "routed" && container.routers.empty())
            return proxy + "routed by others alone: " + printable(container.sentence);
        if (container.outcome != "routed") {
            return fmt::format("{}{}: {}", proxy,
                               container.outcome == "refused" ? painted("refused", "31") : container.outcome,
                               printable(container.sentence));
        }
        return fmt::format("{}routed as {}{}{}", proxy, listed(container.routers),
                           container.has_labels ? "" : ", by the default rule",
                           container.not_served.empty()
                               ? ""
                               : painted("; not served: " + listed(container.not_served), "31"));
    }

    static std::string listed(const std::vector<std::string>& routers) {
        std::string text;
        for (const std::string& router : routers) {
            const auto name = router.starts_with("http router ") ? router.substr(12) : router;
            text += (text.empty() ? "" : ", ") + printable(name);
        }
        return text;
    }

    void add_sites() {
        bool is_first = true;
        for (const CheckedFile& file : outcome_.files) {
            if (file.kind != FileKind::nginx) continue;
            if (is_first) begin_block();
            is_first = false;
            text_ += fmt::format("{}: {}, {}\n", printable(file.path), counted(file.sites, "site", "sites"),
                                 counted(file.locations, "location", "locations"));
        }
    }

    void add_summary() {
        begin_block();
        std::string line;
        const auto join = [&](const std::string& part) { line += (line.empty() ? "" : ", ") + part; };
        for (const std::string_view outcome : {"routed", "left out", "waiting", "refused"}) {
            const auto count = std::ranges::count(outcome_.containers, outcome, &CheckedContainer::outcome);
            if (count > 0) join(fmt::format("{} {}", count, outcome));
        }
        if (!line.empty())
            line = fmt::format("{}: {}. ", counted(outcome_.containers.size(), "service", "services"), line);
        text_ += line;
        line.clear();
        const auto& findings = outcome_.findings;
        const auto errors = findings.count(Severity::error), warnings = findings.count(Severity::warning);
        if (errors > 0) join(painted(counted(errors, "error", "errors"), "1;31"));
        if (warnings > 0) join(painted(counted(warnings, "warning", "warnings"), "1;35"));
        if (line.empty()) line = painted("no mistakes", "1;32");
        if (const auto notices = findings.count(Severity::notice); notices > 0) {
            join(counted(notices, "notice", "notices"));
            if (!options_.notices) line += " (--all shows them)";
        }
        text_ += line + "\n";
    }

    const Outcome& outcome_;
    const ShowOptions& options_;
    std::string text_;
};

}   // namespace

std::string show(const Outcome& outcome, const ShowOptions& options) {
    return Showing(outcome, options).run();
}

}   // namespace gatehouse::check
