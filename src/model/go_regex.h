#pragma once
// A regular expression in the syntax of Go's regexp package, which is RE2's: how Traefik's configurations
// write them. Matching takes time linear in the text, and the program's size is bounded. Replacements are
// read as Go reads them: $name, ${name}, ${1}, $$. Immutable, shared by threads.

#include "base/result.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace gatehouse::model {

class GoRegex;

// What stands in for a match, compiled for one expression: names of groups become their numbers.
class GoReplacement {
public:
    GoReplacement() = default;
    GoReplacement(std::string_view text, const GoRegex& of);

private:
    friend class GoRegex;
    struct Part {
        std::string literal;   // and behind it …
        int group = -1;        // … this group's text; -1: nothing
    };
    std::vector<Part> parts_;
};

class GoRegex {
public:
    // The error says what is wrong with the pattern, in RE2's words.
    [[nodiscard]] static tl::expected<std::shared_ptr<const GoRegex>, std::string> compile(
        std::string_view pattern, bool ignore_case = false);
    ~GoRegex();
    GoRegex(const GoRegex&) = delete;
    GoRegex& operator=(const GoRegex&) = delete;

    [[nodiscard]] bool matches(std::string_view text) const;   // anywhere in it
    // The leftmost match; nothing: there is none.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view text) const;
    [[nodiscard]] std::string replace_all(std::string_view text, const GoReplacement& by) const;
    [[nodiscard]] const std::string& pattern() const;

private:
    friend class GoReplacement;
    explicit GoRegex(std::unique_ptr<re2::RE2> compiled);
    [[nodiscard]] int group_named(std::string_view name) const;   // -1: none

    std::unique_ptr<re2::RE2> compiled_;
};

}   // namespace gatehouse::model
