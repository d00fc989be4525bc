#include "faces/traefik/rule_template.h"

#include "base/text.h"
#include "model/linear_regex.h"

#include <algorithm>
#include <optional>

namespace gatehouse::traefik {
namespace {

tl::unexpected<RuleError> fail_at(std::size_t offset, const char* message) {
    return tl::unexpected(RuleError{offset, message, "a variable is written {name} or {name:expression}"});
}

// Behind the brace that closes the one at `open`; braces inside are in pairs. nullopt: there is none.
std::optional<std::size_t> end_of_variable(std::string_view text, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        if (text[i] == '{') ++depth;
        if (text[i] == '}' && --depth == 0) return i + 1;
    }
    return std::nullopt;
}

}   // namespace

bool is_template(std::string_view text) { return text.find_first_of("{}") != std::string_view::npos; }

std::string escaped_for_regex(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

RuleResult<std::string> template_regex(std::string_view text, const TemplateForm& form) {
    std::string out = "^";
    std::size_t at = 0;
    while (at < text.size()) {
        const auto brace = std::min(text.find_first_of("{}", at), text.size());
        const auto literal = text.substr(at, brace - at);
        // what ignores case is compared with text in lower case
        out += escaped_for_regex(form.ignores_case ? lower(literal) : literal);
        if (brace == text.size()) break;
        const auto end = text[brace] == '{' ? end_of_variable(text, brace) : std::nullopt;
        if (!end) return fail_at(brace, "unbalanced braces");
        const auto inside = text.substr(brace + 1, *end - brace - 2);
        const auto colon = inside.find(':');
        const auto expression = colon == std::string_view::npos ? form.unnamed : inside.substr(colon + 1);
        if (inside.empty() || colon == 0) return fail_at(brace, "a variable without a name");
        if (expression.empty()) return fail_at(brace, "a variable without an expression");
        // on its own, so that its parentheses cannot pair with those put around it
        if (const auto compiled = model::LinearRegex::compile(expression); !compiled)
            return tl::unexpected(
                RuleError{*end - 1 - expression.size() + compiled.error().offset, compiled.error().message});
        out += form.ignores_case ? "(?i:" : "(?:";
        out.append(expression);
        out += ')';
        at = *end;
    }
    if (form.to_end) out += '$';
    return out;
}

}   // namespace gatehouse::traefik
