#pragma once
// The templates of Traefik 2's HostRegexp, Path, PathPrefix and Query: text with {name} or {name:expression}
// in it, everything else literal. As a regular expression.

#include "faces/traefik/rule_lexer.h"

#include <string>
#include <string_view>

namespace gatehouse::traefik {

struct TemplateForm {
    std::string_view unnamed;   // the expression of {name}: "[^/]+"
    bool to_end = true;         // the whole text must match; else a beginning of it
    bool ignores_case = false;
};

[[nodiscard]] bool is_template(std::string_view text);   // it has a brace
// Anchored. The offset of an error is one into `text`.
[[nodiscard]] RuleResult<std::string> template_regex(std::string_view text, const TemplateForm& form);
// For a comparison with a text as it is: its special characters escaped.
[[nodiscard]] std::string escaped_for_regex(std::string_view text);

}   // namespace gatehouse::traefik
