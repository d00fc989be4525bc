#pragma once
// What stands in for the matches of a linear expression, as Go's regexp package reads it and Traefik's
// configurations write it: $name, ${name}, ${1}, $$. Compiled for one expression: names of groups become
// their numbers. Immutable, shared by threads.

#include "model/linear_regex.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::model {

class GoReplacement {
public:
    GoReplacement() = default;
    GoReplacement(std::string_view text, const LinearRegex& of);

    // Every match of the expression it was made for.
    [[nodiscard]] std::string replace_all(const LinearRegex& of, std::string_view text) const;

private:
    struct Part {
        std::string literal;   // and behind it …
        int group = -1;        // … this group's text; -1: nothing
    };
    std::vector<Part> parts_;
};

// The leftmost match; nothing: there is none.
[[nodiscard]] std::optional<std::string_view> find(const LinearRegex& expression, std::string_view text);

}   // namespace gatehouse::model
