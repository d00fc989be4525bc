#pragma once
// The arguments of directives as values: numbers, sizes, times, choices. Each function reports what is wrong
// in nginx's words, says what was expected, and returns nothing then. Pure otherwise.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/text.h"
#include "faces/nginx/compilation.h"

namespace gatehouse::nginx {

[[nodiscard]] std::optional<bool> flag_value(Compilation& compilation, const Directive& directive,
                                             const Word& word);
[[nodiscard]] std::optional<std::uint64_t> number_value(Compilation& compilation, const Directive& directive,
                                                        const Word& word);
[[nodiscard]] std::optional<std::uint64_t> size_value(Compilation& compilation, const Directive& directive,
                                                      const Word& word);
[[nodiscard]] std::optional<std::chrono::milliseconds> time_value(Compilation& compilation,
                                                                  const Directive& directive,
                                                                  const Word& word);

template <class T>
struct Choice {
    std::string_view name;
    T value;
};

// Reports `invalid value` with the list of choices.
void report_choice(Compilation& compilation, const Word& word, const std::vector<std::string_view>& names);

template <class T, std::size_t n>
[[nodiscard]] std::optional<T> choice_value(Compilation& compilation, const Word& word,
                                            const Choice<T> (&choices)[n]) {
    std::vector<std::string_view> names;
    for (const Choice<T>& choice : choices) {
        if (equals_ignoring_case(choice.name, word.text)) return choice.value;   // as nginx does
        names.push_back(choice.name);
    }
    report_choice(compilation, word, names);
    return std::nullopt;
}

// "name=value" → value; nullopt when the parameter has another name.
[[nodiscard]] std::optional<std::string_view> value_of_parameter(std::string_view parameter,
                                                                 std::string_view name);

}   // namespace gatehouse::nginx
