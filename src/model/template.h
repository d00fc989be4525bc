#pragma once
// Text with $variables, compiled once into literal pieces and references. Rendering a constant costs nothing;
// a lone variable is passed through without copying. Parsing the `$` syntax is the faces' work: they know
// whose syntax it is.

#include "model/variable.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::model {

class Template {
public:
    using Part = std::variant<std::string, VariableRef>;

    Template() = default;
    explicit Template(std::string literal);
    explicit Template(std::vector<Part> parts);   // adjacent literals are merged, empty ones dropped

    [[nodiscard]] bool empty() const { return parts_.empty(); }
    [[nodiscard]] bool is_constant() const;
    [[nodiscard]] std::string_view constant() const;   // of a constant template
    [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }
    // Unset variables render as nothing. The view lives as long as this template and the source's arena.
    [[nodiscard]] std::string_view render(VariableSource& source) const;

private:
    std::vector<Part> parts_;
};

}   // namespace gatehouse::model
