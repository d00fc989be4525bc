#pragma once
// What an expression of a template (text_template.h) can be, and the functions it may call: those of Go's
// text/template and of the sprig library that configurations really use. Functions are pure; only `env` asks
// anybody.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

namespace gatehouse::traefik {

using TemplateList = std::vector<std::string>;
using TemplateMap = std::map<std::string, std::string>;
// Nothing is what a name gives that is not there.
using TemplateValue =
    std::variant<std::monostate, bool, std::int64_t, std::string, TemplateList, TemplateMap>;

using Environment =
    std::function<std::optional<std::string>(std::string_view)>;   // may be empty: knows nothing

constexpr std::size_t longest_template_value = 64 * 1024;   // bytes of any text a template makes

// As `if` sees it: false, 0 and what is empty are false.
[[nodiscard]] bool is_true(const TemplateValue& value);
// As it is written into the text.
[[nodiscard]] std::string printed(const TemplateValue& value);

struct TemplateFunction {
    std::string_view name;
    std::size_t least;   // arguments
    std::size_t most;
    // `environment` is for `env` alone. The error is a sentence.
    tl::expected<TemplateValue, std::string> (*call)(std::span<const TemplateValue> arguments,
                                                     const Environment& environment);
};

[[nodiscard]] const TemplateFunction* find_template_function(std::string_view name);
[[nodiscard]] std::vector<std::string_view> template_function_names();

// The names of Docker's things as they may stand in a host name: each run of what is neither letter nor digit
// becomes one "-", and none at the ends.
[[nodiscard]] std::string normalize(std::string_view name);

}   // namespace gatehouse::traefik
