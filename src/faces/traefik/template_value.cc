#include "faces/traefik/template_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/text.h"
#include "faces/traefik/values.h"
#include "model/go_replacement.h"

namespace gatehouse::traefik {
namespace {

using Value = TemplateValue;
using Arguments = std::span<const Value>;
using Given = tl::expected<Value, std::string>;

constexpr std::size_t most_arguments = 16;

tl::unexpected<std::string> problem(std::string text) { return tl::make_unexpected(std::move(text)); }

std::string text_at(Arguments arguments, std::size_t at) { return printed(arguments[at]); }

std::int64_t number_of(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    return parse_number(printed(value)).value_or(0);
}

TemplateList split_text(const std::string& separator, const std::string& text) {
    TemplateList parts;
    if (separator.empty()) return {text};
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(separator, begin)) != std::string::npos;
         begin = at + separator.size()) {
        parts.push_back(text.substr(begin, at - begin));
    }
    parts.push_back(text.substr(begin));
    return parts;
}

TemplateList list_of(const Value& value) {
    if (const auto* list = std::get_if<TemplateList>(&value)) return *list;
    if (std::holds_alternative<std::monostate>(value)) return {};
    return {printed(value)};
}

std::string trimmed(std::string text, std::string_view set) {
    const auto first = text.find_first_not_of(set);
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(set) - first + 1);
}

Given replaced(const std::string& from, const std::string& to, const std::string& text) {
    if (from.empty()) return text;
    std::string out;
    std::size_t begin = 0;
    for (std::size_t at; (at = text.find(from, begin)) != std::string::npos; begin = at + from.size()) {
        out += text.substr(begin, at - begin);
        out += to;
        if (out.size() > longest_template_value) return problem("the text gets too long");
    }
    return out + text.substr(begin);
}

std::string titled(std::string text) {
    bool start = true;
    for (char& c : text) {
        if (start) c = to_upper(c);
        start = c == ' ';
    }
    return text;
}

// `index` of a map or a list; a key that is not there is empty, as in a Go map of strings.
Given indexed(Arguments arguments, const Environment&) {
    if (const auto* map = std::get_if<TemplateMap>(&arguments[0])) {
        const auto found = map->find(text_at(arguments, 1));
        return found == map->end() ? Value(std::string()) : Value(found->second);
    }
    if (const auto* list = std::get_if<TemplateList>(&arguments[0])) {
        const std::int64_t at = number_of(arguments[1]);
        if (at < 0 || static_cast<std::size_t>(at) >= list->size()) {
            return problem(fmt::format("index {} of a list of {}", at, list->size()));
        }
        return (*list)[static_cast<std::size_t>(at)];
    }
    return problem("index is for labels and lists");
}

Given part_of(Arguments arguments, const Environment&) {
    const std::string text = text_at(arguments, 2);
    const std::int64_t size = static_cast<std::int64_t>(text.size());
    const std::int64_t begin = std::clamp<std::int64_t>(number_of(arguments[0]), 0, size);
    std::int64_t end = number_of(arguments[1]);
    end = end < 0 || end > size ? size : std::max(end, begin);
    return text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

Given truncated(Arguments arguments, const Environment&) {
    const std::string text = text_at(arguments, 1);
    const std::int64_t count = number_of(arguments[0]);
    if (count >= 0) return text.substr(0, static_cast<std::size_t>(count));
    const std::size_t kept = std::min(static_cast<std::size_t>(-std::max(count, -65536L)), text.size());
    return text.substr(text.size() - kept);
}

Given repeated(Arguments arguments, const Environment&) {
    const std::string text = text_at(arguments, 1);
    std::string out;
    for (std::int64_t i = number_of(arguments[0]); i > 0 && !text.empty(); --i) {
        out += text;
        if (out.size() > longest_template_value) return problem("the text gets too long");
    }
    return out;
}

// %s, %v, %d and %q of what follows the format.
Given formatted(Arguments arguments, const Environment&) {
    const std::string format = text_at(arguments, 0);
    std::string out;
    std::size_t next = 1;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%' || at + 1 == format.size()) {
            out += format[at];
            continue;
        }
        const char verb = format[++at];
        if (verb == '%') {
            out += '%';
        } else if (std::string_view("svdq").find(verb) == std::string_view::npos ||
                   next >= arguments.size()) {
            return problem(
                fmt::format("printf knows %s, %v, %d and %q, each with an argument; not %{}", verb));
        } else {
            const std::string text = text_at(arguments, next++);
            out += verb == 'q' ? fmt::format("\"{}\"", text) : text;
        }
    }
    return out;
}

using Pattern = std::shared_ptr<const model::LinearRegex>;
tl::expected<Pattern, std::string> pattern_of(const Value& value) {
    auto pattern = model::LinearRegex::compile(printed(value));
    if (!pattern) return problem(fmt::format("the regular expression: {}", pattern.error().message));
    return *std::move(pattern);
}

Given regex_match(Arguments arguments, const Environment&) {
    const auto pattern = pattern_of(arguments[0]);
    if (!pattern) return problem(pattern.error());
    return (*pattern)->matches(text_at(arguments, 1));
}

Given regex_find(Arguments arguments, const Environment&) {
    const auto pattern = pattern_of(arguments[0]);
    if (!pattern) return problem(pattern.error());
    const std::string text = text_at(arguments, 1);
    return std::string(model::find(**pattern, text).value_or(std::string_view()));
}

Given regex_replace(Arguments arguments, const Environment&) {
    const auto pattern = pattern_of(arguments[0]);
    if (!pattern) return problem(pattern.error());
    const model::GoReplacement replacement(text_at(arguments, 2), **pattern);
    std::string text = replacement.replace_all(**pattern, text_at(arguments, 1));
    if (text.size() > longest_template_value) return problem("the text gets too long");
    return text;
}

Given environment_of(Arguments arguments, const Environment& environment) {
    if (!environment) return std::string();
    return environment(text_at(arguments, 0)).value_or("");
}

TemplateMap numbered(const TemplateList& parts) {   // of sprig's `split`: _0, _1 …
    TemplateMap map;
    for (std::size_t i = 0; i < parts.size(); ++i) map[fmt::format("_{}", i)] = parts[i];
    return map;
}

std::size_t length_of(const Value& value) {
    if (const auto* list = std::get_if<TemplateList>(&value)) return list->size();
    if (const auto* map = std::get_if<TemplateMap>(&value)) return map->size();
    return printed(value).size();
}

Given joined(Arguments arguments, const Environment&) {
    return fmt::format("{}", fmt::join(list_of(arguments[1]), text_at(arguments, 0)));
}

template <bool last>
Given end_of(Arguments arguments, const Environment&) {
    const TemplateList list = list_of(arguments[0]);
    if (list.empty()) return Value();
    return last ? list.back() : list.front();
}

template <bool wanted>
Given first_that_is(Arguments arguments, const Environment&) {   // `or`, `and`
    for (const Value& value : arguments) {
        if (is_true(value) == wanted) return value;
    }
    return arguments.back();
}

Given coalesced(Arguments arguments, const Environment& environment) {
    const auto found = first_that_is<true>(arguments, environment);
    return is_true(*found) ? found : Given(Value());
}

std::string all(Arguments arguments, std::string_view between, std::string_view quote) {
    std::string out;
    for (const Value& value : arguments) {
        if (!out.empty()) out += between;
        out += fmt::format("{}{}{}", quote, printed(value), quote);
    }
    return out;
}

using A = Arguments;
using E = const Environment&;
constexpr TemplateFunction functions[] = {
    {"normalize", 1, 1, [](A a, E) { return Given(normalize(text_at(a, 0))); }},
    {"index", 2, 2, indexed},
    {"get", 2, 2, indexed},
    {"hasKey", 2, 2,
     [](A a, E) {
         const auto* map = std::get_if<TemplateMap>(&a[0]);
         return Given(map != nullptr && map->contains(text_at(a, 1)));
     }},
    {"env", 1, 1, environment_of},
    {"lower", 1, 1, [](A a, E) { return Given(lower(text_at(a, 0))); }},
    {"upper", 1, 1,
     [](A a, E) {
         std::string text = text_at(a, 0);
         std::ranges::transform(text, text.begin(), to_upper);
         return Given(text);
     }},
    {"title", 1, 1, [](A a, E) { return Given(titled(text_at(a, 0))); }},
    {"trim", 1, 1, [](A a, E) { return Given(trimmed(text_at(a, 0), " \t\r\n")); }},
    {"trimAll", 2, 2, [](A a, E) { return Given(trimmed(text_at(a, 1), text_at(a, 0))); }},
    {"trimall", 2, 2, [](A a, E) { return Given(trimmed(text_at(a, 1), text_at(a, 0))); }},
    {"trimPrefix", 2, 2,
     [](A a, E) {
         const std::string text = text_at(a, 1);
         const std::string start = text_at(a, 0);
         return Given(text.starts_with(start) ? text.substr(start.size()) : text);
     }},
    {"trimSuffix", 2, 2,
     [](A a, E) {
         const std::string text = text_at(a, 1);
         const std::string end = text_at(a, 0);
         return Given(text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text);
     }},
    {"nospace", 1, 1, [](A a, E) { return replaced(" ", "", text_at(a, 0)); }},
    {"replace", 3, 3, [](A a, E) { return replaced(text_at(a, 0), text_at(a, 1), text_at(a, 2)); }},
    {"contains", 2, 2, [](A a, E) { return Given(text_at(a, 1).find(text_at(a, 0)) != std::string::npos); }},
    {"hasPrefix", 2, 2, [](A a, E) { return Given(text_at(a, 1).starts_with(text_at(a, 0))); }},
    {"hasSuffix", 2, 2, [](A a, E) { return Given(text_at(a, 1).ends_with(text_at(a, 0))); }},
    {"split", 2, 2, [](A a, E) { return Given(numbered(split_text(text_at(a, 0), text_at(a, 1)))); }},
    {"splitList", 2, 2, [](A a, E) { return Given(split_text(text_at(a, 0), text_at(a, 1))); }},
    {"list", 0, most_arguments,
     [](A a, E) {
         TemplateList list;
         for (const Value& value : a) list.push_back(printed(value));
         return Given(list);
     }},
    {"join", 2, 2, joined},
    {"first", 1, 1, end_of<false>},
    {"last", 1, 1, end_of<true>},
    {"substr", 3, 3, part_of},
    {"trunc", 2, 2, truncated},
    {"repeat", 2, 2, repeated},
    {"print", 0, most_arguments, [](A a, E) { return Given(all(a, "", "")); }},
    {"printf", 1, most_arguments, formatted},
    {"quote", 1, most_arguments, [](A a, E) { return Given(all(a, " ", "\"")); }},
    {"squote", 1, most_arguments, [](A a, E) { return Given(all(a, " ", "'")); }},
    {"cat", 1, most_arguments, [](A a, E) { return Given(all(a, " ", "")); }},
    {"toString", 1, 1, [](A a, E) { return Given(text_at(a, 0)); }},
    {"default", 2, 2, [](A a, E) { return Given(is_true(a[1]) ? a[1] : a[0]); }},
    {"coalesce", 1, most_arguments, coalesced},
    {"ternary", 3, 3, [](A a, E) { return Given(is_true(a[2]) ? a[0] : a[1]); }},
    {"empty", 1, 1, [](A a, E) { return Given(!is_true(a[0])); }},
    {"not", 1, 1, [](A a, E) { return Given(!is_true(a[0])); }},
    {"or", 1, most_arguments, first_that_is<true>},
    {"and", 1, most_arguments, first_that_is<false>},
    {"eq", 2, most_arguments,
     [](A a, E) {
         return Given(std::ranges::any_of(a.subspan(1), [&](const Value& v) { return v == a[0]; }));
     }},
    {"ne", 2, 2, [](A a, E) { return Given(a[0] != a[1]); }},
    {"len", 1, 1, [](A a, E) { return Given(static_cast<std::int64_t>(length_of(a[0]))); }},
    {"regexMatch", 2, 2, regex_match},
    {"regexFind", 2, 2, regex_find},
    {"regexReplaceAll", 3, 3, regex_replace},
};

}   // namespace

bool is_true(const TemplateValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number != 0;
    return length_of(value) > 0;
}

std::string printed(const TemplateValue& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* list = std::get_if<TemplateList>(&value))
        return fmt::format("[{}]", fmt::join(*list, " "));
    return {};
}

const TemplateFunction* find_template_function(std::string_view name) {
    const auto* found = std::ranges::find(functions, name, &TemplateFunction::name);
    return found == std::end(functions) ? nullptr : found;
}

std::vector<std::string_view> template_function_names() {
    std::vector<std::string_view> names;
    for (const TemplateFunction& function : functions) names.push_back(function.name);
    return names;
}

std::string normalize(std::string_view name) {
    std::string out;
    bool gap = false;
    for (const char c : name) {
        // a byte of a longer UTF-8 sequence is most likely one of a letter
        const bool kept = is_alpha(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
        if (kept && gap && !out.empty()) out += '-';
        if (kept) out += c;
        gap = !kept;
    }
    return out;
}

}   // namespace gatehouse::traefik
