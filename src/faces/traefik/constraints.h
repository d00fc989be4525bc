#pragma once
// `providers.docker.constraints`: an expression over a container's labels that says whether it is routed at
// all. `Label("name", "value")`, `LabelRegex("name", "expression")`, `&&`, `||`, `!` and parentheses. A label
// that is not there counts as empty, as in Traefik. Immutable once parsed.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "faces/traefik/labels.h"
#include "model/linear_regex.h"

namespace gatehouse::traefik {

class Constraints {
public:
    static constexpr std::size_t deepest = 32;   // parentheses and negations within each other
    static constexpr std::size_t most_parts = 1000;

    struct ParseError {
        std::size_t offset = 0;   // into the expression
        std::string message;
    };

    // An empty expression lets every container through.
    static tl::expected<Constraints, ParseError> parse(std::string_view expression);
    [[nodiscard]] bool admits(const Labels& labels) const;

private:
    friend class ConstraintParser;
    enum class Operation : std::uint8_t { equals, matches, both, either, negate };
    struct Part {   // in the order they are evaluated; both and either take what the two before them gave
        Operation operation;
        std::string label{};
        std::string value{};
        std::shared_ptr<const model::LinearRegex> pattern{};
    };
    std::vector<Part> parts_;
};

}   // namespace gatehouse::traefik
