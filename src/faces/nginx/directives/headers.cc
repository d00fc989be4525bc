#include <fmt/format.h>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

constexpr Choice<InheritList> inherit_choices[] = {
    {"on", InheritList::replace}, {"off", InheritList::off}, {"merge", InheritList::merge}};

std::optional<model::HeaderEdit> edit_of(Compilation& compilation, const Directive& directive) {
    model::HeaderEdit edit;
    edit.name = directive.arguments[0].text;
    edit.value = compilation.variables.parse(directive.arguments[1]);
    if (directive.arguments.size() == 3) {
        if (directive.argument(2) != "always") {
            compilation.invalid_parameter(directive.arguments[2],
                                          "expected \"always\", or quotes around a value with spaces");
            return std::nullopt;
        }
        edit.always = true;
    }
    return edit;
}

// Control bytes in a name or value would let a configuration mistake split the response.
bool is_field(Compilation& compilation, const Directive& directive) {
    for (const Word& word : directive.arguments) {
        if (word.text.find_first_of("\r\n") == std::string::npos) continue;
        compilation.error(word, "a header field cannot hold a line end");
        return false;
    }
    return true;
}

// The first of a level replaces what is inherited; add_header_inherit is applied when the level's settings
// are complete.
void add_edit(Level& level, const Directive& directive, std::vector<model::HeaderEdit> model::Route::*list) {
    if (!is_field(level.compilation, directive)) return;
    auto edit = edit_of(level.compilation, directive);
    if (!edit) return;
    if (level.first(directive.name.text)) (level.route.*list).clear();
    (level.route.*list).push_back(*std::move(edit));
}

bool parse_expires(Compilation& compilation, const Word& word, model::Expires& expires) {
    using Kind = model::Expires::Kind;
    std::string_view text = word.text;
    const bool is_modified = expires.kind == Kind::modified;
    if (!is_modified && (text == "epoch" || text == "max" || text == "off")) {
        expires.kind = text == "epoch" ? Kind::epoch : text == "max" ? Kind::max : Kind::off;
        return true;
    }
    const char sign = text.empty() ? '\0' : text.front();
    if (sign == '@' && is_modified) {
        compilation.error(word,
                          "\"expires\" directive daily time cannot be used with \"modified\" parameter");
        return false;
    }
    if (sign == '@') expires.kind = Kind::daily;
    if (sign == '@' || sign == '+' || sign == '-') text.remove_prefix(1);
    const auto time = parse_duration(text);
    if (!time) {
        compilation.error(word, "\"expires\" directive invalid value",
                          "expected a time such as 30d, \"max\", \"epoch\" or \"off\"");
        return false;
    }
    expires.offset = std::chrono::duration_cast<std::chrono::seconds>(*time);
    if (expires.kind == Kind::daily && expires.offset > std::chrono::hours(24)) {
        compilation.error(word, "\"expires\" directive daily time value must be less than 24 hours");
        return false;
    }
    if (sign == '-') expires.offset = -expires.offset;
    return true;
}

std::optional<int> error_status(Compilation& compilation, const Word& word) {
    const auto status = parse_decimal(word.text);
    constexpr std::uint64_t client_closed = 499;   // nobody is left to read a page
    if (!status || *status == client_closed) {
        compilation.error(word, fmt::format("invalid value \"{}\"", word.text),
                          "expected a status such as 404");
        return std::nullopt;
    }
    if (*status < 300 || *status > 599) {
        compilation.error(word, fmt::format("value \"{}\" must be between 300 and 599", word.text));
        return std::nullopt;
    }
    return static_cast<int>(*status);
}

// The second last argument may be `=` or `=STATUS`; -1 when it is not.
std::optional<int> overwrite_of(Compilation& compilation, const Directive& directive, bool& is_given) {
    const Word& word = directive.arguments[directive.arguments.size() - 2];
    is_given = word.text.starts_with('=');
    if (!is_given) return -1;
    const std::string_view status = std::string_view(word.text).substr(1);
    const auto number = status.empty() ? std::optional<std::uint64_t>(0) : parse_decimal(status);
    if (directive.arguments.size() == 2 || !number || *number > 999) {
        compilation.error(word, fmt::format("invalid value \"{}\"", word.text),
                          "expected \"=\" or \"=STATUS\" behind the statuses");
        return std::nullopt;
    }
    return static_cast<int>(*number);
}

// nginx's own statuses below 400's are not for clients.
bool is_internal_status(int status) { return status >= 494 && status <= 497; }

}   // namespace

void add_header(Level& level, const Directive& directive) {
    add_edit(level, directive, &model::Route::add_headers);
}
void add_trailer(Level& level, const Directive& directive) {
    add_edit(level, directive, &model::Route::add_trailers);
}

void add_header_inherit(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], inherit_choices)) {
        level.header_inherit = *choice;
    }
}

void add_trailer_inherit(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    if (const auto choice = choice_value(level.compilation, directive.arguments[0], inherit_choices)) {
        level.trailer_inherit = *choice;
    }
}

void expires(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    model::Expires expires{.kind = model::Expires::Kind::access, .offset = {}, .variable = {}};
    if (directive.arguments.size() == 2) {
        if (directive.argument(0) != "modified") {
            compilation.error(directive.arguments[0], "\"expires\" directive invalid value",
                              "expected \"modified\"");
            return;
        }
        expires.kind = model::Expires::Kind::modified;
    }
    const Word& word = directive.arguments.back();
    if (has_variables(word.text)) {
        expires.variable = compilation.variables.parse(word);
    } else if (!parse_expires(compilation, word, expires)) {
        return;
    }
    level.route.expires = std::move(expires);
}

void error_page(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    bool has_overwrite = false;
    const auto overwrite = overwrite_of(compilation, directive, has_overwrite);
    if (!overwrite) return;
    if (level.first(directive.name.text)) level.route.error_pages.clear();
    const model::Template uri = compilation.variables.parse(directive.arguments.back());
    const std::size_t statuses = directive.arguments.size() - (has_overwrite ? 2 : 1);
    for (std::size_t i = 0; i < statuses; ++i) {
        const auto status = error_status(compilation, directive.arguments[i]);
        if (!status) return;
        auto page = std::make_shared<model::ErrorPage>();
        page->overwrite = !has_overwrite && is_internal_status(*status) ? 400 : *overwrite;
        page->uri = uri;
        level.route.error_pages.emplace(*status, std::move(page));   // the first page of a status counts
    }
}

}   // namespace gatehouse::nginx::directives
