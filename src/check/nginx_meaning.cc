// What an nginx.conf says and surely does not mean: blocks that no request gets to, and lists that replace
// the outer ones (nginx_check.h). Only what is certain is said; where a regular expression decides, only
// those that match everything or begin with a literal are understood.
#include "base/text.h"
#include "check/nginx_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace gatehouse::check {
namespace {

using nginx::Directive;
using nginx::Word;

struct LocationHead {
    std::string modifier;   // "", "=", "^~", "~", "~*"
    std::string text;
    const Directive* directive = nullptr;
};

std::optional<LocationHead> head_of(const Directive& directive) {
    constexpr std::array<std::string_view, 4> modifiers = {"^~", "~*", "=", "~"};
    if (directive.name.text != "location" || directive.arguments.empty()) return std::nullopt;
    const std::string_view first = directive.argument(0);
    if (directive.arguments.size() == 2)
        return LocationHead{std::string(first), std::string(directive.argument(1)), &directive};
    for (const auto modifier : modifiers) {
        if (first.starts_with(modifier))
            return LocationHead{std::string(modifier), std::string(first.substr(modifier.size())),
                                &directive};
    }
    return LocationHead{"", std::string(first), &directive};
}

bool is_regex(const LocationHead& head) { return head.modifier.starts_with('~'); }

bool matches_all_paths(std::string_view pattern) {
    constexpr std::array<std::string_view, 9> all = {"/", "^/", ".*", "^.*$", "^/.*$", "^/.*", ".", "^", ""};
    return std::ranges::find(all, pattern) != all.end();
}

// Of "^/api/" the "/api/"; nothing where more than literal text decides. Behind "^/api(/|$)" more does.
std::optional<std::string_view> literal_beginning(std::string_view pattern) {
    if (!pattern.starts_with('^')) return std::nullopt;
    pattern.remove_prefix(1);
    if (pattern.ends_with(".*")) pattern.remove_suffix(2);
    if (pattern.empty() || pattern.find_first_of("\\[](){}.*+?|^$") != std::string_view::npos)
        return std::nullopt;
    return pattern;
}

class Judging {
public:
    explicit Judging(nginx::Diagnostics& diagnostics, const nginx::Sources& sources)
        : diagnostics_(diagnostics), sources_(sources) {}

    void run(const std::vector<Directive>& directives) {
        collect_words(directives);
        walk(directives, nullptr);
    }

private:
    void warn(const Word& where, std::string message, std::string hint = {}) {
        diagnostics_.add({.severity = nginx::Severity::warning,
                          .message = std::move(message),
                          .position = where.position,
                          .length = where.length,
                          .hint = std::move(hint)});
    }

    void collect_words(const std::vector<Directive>& directives) {
        for (const Directive& directive : directives) {
            if (directive.name.text != "location") {
                for (const Word& word : directive.arguments) {
                    const auto at = word.text.find('@');
                    if (at != std::string::npos) named_.insert(word.text.substr(at));
                    if (word.text.find("$") != std::string::npos)
                        uses_variables_ = uses_variables_ || directive.name.text == "error_page" ||
                                          directive.name.text == "try_files";
                }
            }
            collect_words(directive.children);
        }
    }

    void walk(const std::vector<Directive>& directives, const Directive* outer_headers) {
        const Directive* headers = nullptr;   // the first add_header of this level
        bool merges = false;
        for (const Directive& directive : directives) {
            if (directive.name.text == "add_header" && headers == nullptr) headers = &directive;
            if (directive.name.text == "add_header_inherit")
                merges = directive.arguments.size() == 1 && directive.argument(0) == "merge";
        }
        if (headers != nullptr && outer_headers != nullptr && !merges) {
            diagnostics_.add({.severity = nginx::Severity::notice,
                              .message = fmt::format("the add_header of {} do not hold here",
                                                     sources_.describe(outer_headers->position())),
                              .position = headers->position(),
                              .length = headers->name.length,
                              .hint = "a block with an add_header of its own inherits none; "
                                      "\"add_header_inherit merge;\" keeps them"});
        }
        judge_locations(directives);
        for (const Directive& directive : directives) {
            if (!directive.has_block) continue;
            const std::string& name = directive.name.text;
            if (name == "server") judge_server(directive);
            if (name == "location") judge_location(directive);
            const bool inherits = name == "http" || name == "server" || name == "location" || name == "if";
            walk(directive.children, inherits ? (headers != nullptr ? headers : outer_headers) : nullptr);
        }
    }

    static const Directive* unconditional_return(const Directive& block) {
        const auto found = std::ranges::find_if(
            block.children, [](const Directive& d) { return d.name.text == "return" && !d.has_block; });
        return found == block.children.end() ? nullptr : &*found;
    }

    // A return of the server's own is before any location.
    void judge_server(const Directive& server) {
        const Directive* stop = unconditional_return(server);
        if (stop == nullptr) return;
        for (const Directive& directive : server.children) {
            if (directive.name.text != "location") continue;
            warn(directive.name,
                 fmt::format("no request gets to this location: the server returns at {}",
                             sources_.describe(stop->position())),
                 "put the return into \"location /\"");
            return;   // the others are not reached either
        }
    }

    void judge_location(const Directive& location) {
        const Directive* stop = unconditional_return(location);
        if (stop != nullptr) {
            const auto after = std::ranges::find_if(location.children, [](const Directive& d) {
                return d.name.text == "proxy_pass" || d.name.text == "grpc_pass" ||
                       d.name.text == "try_files";
            });
            if (after != location.children.end())
                warn(after->name, fmt::format("never reached: the location returns at {}",
                                              sources_.describe(stop->position())));
        }
        const auto head = head_of(location);
        if (!head || !head->modifier.empty() || !head->text.starts_with('@')) return;
        if (named_.contains(head->text) || uses_variables_) return;
        warn(location.arguments.front(),
             fmt::format("nothing leads to the named location \"{}\"", head->text),
             "expected an error_page or try_files that names it");
    }

    // Those of one level: regular expressions count in their order, and before prefixes without "^~".
    void judge_locations(const std::vector<Directive>& directives) {
        std::vector<LocationHead> heads;
        for (const Directive& directive : directives) {
            if (auto head = head_of(directive)) heads.push_back(std::move(*head));
        }
        for (std::size_t i = 0; i < heads.size(); ++i) {
            if (!is_regex(heads[i])) continue;
            for (std::size_t j = 0; j < heads.size(); ++j) {
                if (j != i && is_hidden(heads[j], heads[i], j > i)) tell_hidden(heads[j], heads[i]);
            }
        }
    }

    static bool is_hidden(const LocationHead& head, const LocationHead& by, bool is_later) {
        if (head.text.starts_with('@') || head.modifier == "=" || head.modifier == "^~") return false;
        const bool ignores_case = by.modifier == "~*";
        if (is_regex(head)) {
            if (!is_later) return false;
            if (matches_all_paths(by.text)) return true;
            return head.text == by.text && (ignores_case || head.modifier == by.modifier);
        }
        if (matches_all_paths(by.text)) return true;
        const auto literal = literal_beginning(by.text);
        return literal && (ignores_case ? starts_with_ignoring_case(head.text, *literal)
                                        : head.text.starts_with(*literal));
    }

    void tell_hidden(const LocationHead& head, const LocationHead& by) {
        if (!told_.insert(head.directive).second) return;
        // a prefix with locations of its own may get somewhere by those
        if (!is_regex(head) && std::ranges::any_of(head.directive->children, [](const Directive& d) {
                return d.name.text == "location";
            }))
            return;
        warn(head.directive->arguments.back(),
             fmt::format("no request gets to this location: \"{} {}\" at {} takes all of its paths",
                         by.modifier, by.text, sources_.describe(by.directive->position())),
             is_regex(head)
                 ? "regular expressions are tried in their order"
                 : "a regular expression goes before a prefix, unless that is written with ^~ or =");
    }

    nginx::Diagnostics& diagnostics_;
    const nginx::Sources& sources_;
    std::set<std::string> named_;   // "@name" that something mentions
    std::set<const Directive*> told_;
    bool uses_variables_ = false;   // something may lead anywhere
};

}   // namespace

void judge_directives(const nginx::Document& document, nginx::Diagnostics& diagnostics) {
    Judging(diagnostics, document.sources).run(document.directives);
}

}   // namespace gatehouse::check
