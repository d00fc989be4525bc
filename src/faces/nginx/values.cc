#include "faces/nginx/values.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse::nginx {

std::optional<bool> flag_value(Compilation& compilation, const Directive& directive, const Word& word) {
    if (equals_ignoring_case(word.text, "on")) return true;
    if (equals_ignoring_case(word.text, "off")) return false;
    compilation.error(word,
                      fmt::format(R"(invalid value "{}" in "{}" directive, it must be "on" or "off")",
                                  word.text, directive.name.text),
                      "expected \"on\" or \"off\"");
    return std::nullopt;
}

std::optional<std::uint64_t> number_value(Compilation& compilation, const Directive& directive,
                                          const Word& word) {
    if (const auto number = parse_decimal(word.text)) return number;
    compilation.error(word, fmt::format("\"{}\" directive invalid number", directive.name.text),
                      "expected a whole number");
    return std::nullopt;
}

std::optional<std::uint64_t> size_value(Compilation& compilation, const Directive& directive,
                                        const Word& word) {
    if (const auto size = parse_size(word.text)) return size;
    compilation.error(word, fmt::format("\"{}\" directive invalid value", directive.name.text),
                      "expected a size such as 4096, 16k or 10m");
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> time_value(Compilation& compilation, const Directive& directive,
                                                    const Word& word) {
    if (const auto time = parse_duration(word.text)) return time;
    compilation.error(word, fmt::format("\"{}\" directive invalid value", directive.name.text),
                      "expected a time such as 30s, 500ms or 1h30m");
    return std::nullopt;
}

void report_choice(Compilation& compilation, const Word& word, const std::vector<std::string_view>& names) {
    std::string hint = did_you_mean(word.text, names);
    if (hint.empty()) {
        for (std::string_view name : names) {
            hint += fmt::format("{}\"{}\"", hint.empty() ? "expected one of " : ", ", name);
        }
    }
    compilation.error(word, fmt::format("invalid value \"{}\"", word.text), std::move(hint));
}

std::optional<std::string_view> value_of_parameter(std::string_view parameter, std::string_view name) {
    if (!parameter.starts_with(name) || parameter.size() <= name.size() || parameter[name.size()] != '=')
        return std::nullopt;
    return parameter.substr(name.size() + 1);
}

}   // namespace gatehouse::nginx
