#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"

namespace gatehouse::nginx::directives {
namespace {

using model::Condition;
using model::RewriteStep;
using Test = Condition::Test;

void add_step(Level& level, const Directive& directive, model::ScriptStep step) {
    level.script->entries.push_back({.step = std::move(step), .origin = level.compilation.origin(directive)});
}

bool is_absolute_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("$scheme");
}

// $uri is decoded: what was %0d%0a in the request is a line end in it.
bool uses_decoded_uri(const model::Template& text) {
    return std::ranges::any_of(text.parts(), [](const model::Template::Part& part) {
        const auto* ref = std::get_if<model::VariableRef>(&part);
        return ref != nullptr &&
               (ref->id == model::VariableId::uri || ref->id == model::VariableId::document_uri);
    });
}

std::optional<RewriteStep::Then> then_of(Compilation& compilation, const Word& word) {
    if (word.text == "last") return RewriteStep::Then::last;
    if (word.text == "break") return RewriteStep::Then::stop;
    if (word.text == "redirect") return RewriteStep::Then::redirect;
    if (word.text == "permanent") return RewriteStep::Then::permanent;
    compilation.invalid_parameter(word, R"(expected "last", "break", "redirect" or "permanent")");
    return std::nullopt;
}

// The words between the parentheses of an `if`.
std::optional<std::vector<Word>> condition_words(Compilation& compilation, const Directive& directive) {
    std::vector<Word> words = directive.arguments;
    const bool opened = words.front().text.starts_with('(') && !words.front().quoted;
    const bool closed = words.back().text.ends_with(')');
    if (!opened || !closed) {
        compilation.error(
            opened ? words.back() : words.front(),
            fmt::format("invalid condition \"{}\"", opened ? words.back().text : words.front().text),
            "a condition stands in parentheses: if ($variable = value)");
        return std::nullopt;
    }
    words.front().text.erase(0, 1);
    if (words.front().text.empty()) words.erase(words.begin());
    if (!words.empty()) words.back().text.pop_back();
    if (!words.empty() && words.back().text.empty() && !words.back().quoted) words.pop_back();
    if (words.empty()) {
        compilation.error(directive.arguments.front(), "invalid condition \"()\"",
                          "expected a variable or a file test");
        return std::nullopt;
    }
    return words;
}

std::optional<Test> file_test(std::string_view text) {
    if (text == "-f") return Test::is_file;
    if (text == "!-f") return Test::is_not_file;
    if (text == "-d") return Test::is_directory;
    if (text == "!-d") return Test::is_not_directory;
    if (text == "-e") return Test::exists;
    if (text == "!-e") return Test::exists_not;
    if (text == "-x") return Test::executable;
    if (text == "!-x") return Test::executable_not;
    return std::nullopt;
}

struct Operator {
    std::string_view text;
    Test test;
    bool ignore_case;
};
constexpr Operator operators[] = {
    {"=", Test::equal, false}, {"!=", Test::not_equal, false}, {"~", Test::match, false},
    {"~*", Test::match, true}, {"!~", Test::not_match, false}, {"!~*", Test::not_match, true},
};

std::optional<Condition> comparison(Compilation& compilation, const std::vector<Word>& words) {
    Condition condition;
    condition.subject =
        model::Template({compilation.variables.use(std::string_view(words[0].text).substr(1), words[0])});
    if (words.size() == 1) return condition;
    const auto* known = std::ranges::find(operators, std::string_view(words[1].text), &Operator::text);
    if (known == std::end(operators)) {
        compilation.error(words[1], fmt::format("unexpected \"{}\" in condition", words[1].text),
                          R"(expected one of "=", "!=", "~", "~*", "!~", "!~*")");
        return std::nullopt;
    }
    if (words.size() != 3) {
        compilation.error(words[0], fmt::format("invalid condition \"{}\"", words[0].text),
                          "a condition compares a variable with one value; there is no \"and\" or \"or\"");
        return std::nullopt;
    }
    condition.test = known->test;
    if (known->test == Test::match || known->test == Test::not_match) {
        condition.regex = compilation.regex(words[2].text, known->ignore_case, words[2]);
        if (!condition.regex) return std::nullopt;
    } else {
        condition.operand = compilation.variables.parse(words[2]);
    }
    return condition;
}

std::optional<Condition> condition_of(Compilation& compilation, const Directive& directive) {
    const auto words = condition_words(compilation, directive);
    if (!words) return std::nullopt;
    const Word& first = words->front();
    if (first.text.size() > 1 && first.text.starts_with('$')) return comparison(compilation, *words);
    const auto test = file_test(first.text);
    if (test && words->size() == 2) {
        return Condition{.test = *test,
                         .subject = compilation.variables.parse(words->back()),
                         .operand = {},
                         .regex = nullptr};
    }
    compilation.error(first, fmt::format("invalid condition \"{}\"", first.text),
                      "expected a variable, or a test such as -f with one path");
    return std::nullopt;
}

}   // namespace

void rewrite(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& word = directive.arguments[1];
    std::string_view replacement = word.text;
    if (replacement.empty()) {
        compilation.error(word, "empty replacement");
        return;
    }
    RewriteStep step;
    step.keep_args = !replacement.ends_with('?');
    if (!step.keep_args) replacement.remove_suffix(1);
    const bool is_absolute = is_absolute_url(replacement);
    if (is_absolute) step.then = RewriteStep::Then::redirect;
    if (directive.arguments.size() == 3) {
        const auto then = then_of(compilation, directive.arguments[2]);
        if (!then) return;
        const bool redirects = *then == RewriteStep::Then::redirect || *then == RewriteStep::Then::permanent;
        if (redirects || !is_absolute) step.then = *then;
    }
    step.regex = compilation.regex(directive.arguments[0].text, false, directive.arguments[0]);
    if (!step.regex) return;
    step.replacement = compilation.variables.parse(replacement, word);
    add_step(level, directive, std::move(step));
}

void return_directive(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& first = directive.arguments[0];
    model::ReturnAction action;
    const Word* text = directive.arguments.size() == 2 ? &directive.arguments[1] : nullptr;
    if (const auto status = parse_decimal(first.text); status && *status <= 999) {
        action.status = static_cast<int>(*status);
    } else if (text == nullptr && is_absolute_url(first.text)) {
        action.status = 302;
        text = &first;
    } else {
        compilation.error(first, fmt::format("invalid return code \"{}\"", first.text),
                          "expected a status, or an URL that begins with http://, https:// or $scheme");
        return;
    }
    if (text != nullptr) {
        action.has_text = true;
        action.text = compilation.variables.parse(*text);
        if (action.status >= 301 && action.status <= 308 && uses_decoded_uri(action.text)) {
            compilation.warn(*text, "\"$uri\" in a redirect lets a request put line ends into the response",
                             "write \"$request_uri\"");
        }
    }
    add_step(level, directive, model::ReturnStep{std::move(action)});
}

void break_directive(Level& level, const Directive& directive) {
    add_step(level, directive, model::BreakStep{});
}

void set_variable(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    const Word& name = directive.arguments[0];
    if (!name.text.starts_with('$') || name.text.size() == 1) {
        compilation.error(name, fmt::format("invalid variable name \"{}\"", name.text),
                          "expected a name that begins with \"$\"");
        return;
    }
    model::SetStep step;
    step.target = compilation.variables.assign(std::string_view(name.text).substr(1), name);
    step.value = compilation.variables.parse(directive.arguments[1]);
    add_step(level, directive, std::move(step));
}

void if_block(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    auto condition = condition_of(compilation, directive);
    if (!condition) return;
    const bool in_server = level.context == at::server;
    Level inner(compilation, in_server ? at::if_in_server : at::if_in_location, &directive, &level);
    inner.route.name = level.route.name;
    compile_directives(inner, directive.children);
    auto step = std::make_shared<model::IfStep>();
    step->condition = *std::move(condition);
    step->then = inner.route.script;
    inner.route.script.entries.clear();   // what it says of the others still holds
    if (!in_server) step->route = finish_route(inner);
    add_step(level, directive, std::shared_ptr<const model::IfStep>(std::move(step)));
}

}   // namespace gatehouse::nginx::directives
