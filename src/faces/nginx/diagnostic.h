#pragma once
// What the face has to say about a configuration: errors that stop it, warnings, and notices about what is
// accepted but not acted on. A Diagnostic carries nginx's own wording where nginx has one, the place, and a
// hint printed under a caret. The list is collected over a whole run, so that one run shows more than one
// mistake; it is bounded. No I/O here.

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/suggestion.h"
#include "faces/nginx/source.h"

namespace gatehouse::nginx {

enum class Severity : std::uint8_t { error, warning, notice };

struct Diagnostic {
    Severity severity = Severity::error;
    std::string message{};
    Position position{};        // line 0: about no place in particular
    std::uint32_t length = 1;   // bytes to underline
    std::string hint{};         // what was expected, the nearest known name, what to do
};

template <class T>
using Diagnosed = tl::expected<T, Diagnostic>;

class Diagnostics {
public:
    static constexpr std::size_t max_errors = 20;
    static constexpr std::size_t max_items = 2000;

    void add(Diagnostic diagnostic);
    [[nodiscard]] bool has_errors() const { return errors_ > 0; }
    [[nodiscard]] bool too_many_errors() const { return errors_ >= max_errors; }
    [[nodiscard]] const std::vector<Diagnostic>& items() const { return items_; }

private:
    std::vector<Diagnostic> items_;
    std::size_t errors_ = 0;
};

// For people: "gatehouse: FILE:LINE:COLUMN: message", the line and a caret with the hint. Ends in a line end.
[[nodiscard]] std::string render_for_terminal(const Diagnostic& diagnostic, const Sources& sources);
// For logs, one line in nginx's form and without a line end: "[emerg] message in FILE:LINE".
[[nodiscard]] std::string render_for_log(const Diagnostic& diagnostic, const Sources& sources);

}   // namespace gatehouse::nginx
