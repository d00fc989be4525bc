#pragma once
// The matchers that rules are made of, `Host`, `PathPrefix` and so on, as a table: which syntax and which
// kind of router knows them, what arguments they take, and what they mean as tests of the model.

#include "faces/traefik/rule_lexer.h"
#include "model/rule.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

enum class RuleSyntax : std::uint8_t { v2, v3 };
enum class RuleKind : std::uint8_t { http, tcp };

struct RuleNotice {   // accepted, but perhaps not what was meant
    std::size_t offset = 0;
    std::string message;
};

struct RuleCall {   // Name(arguments)
    RuleToken name;
    std::vector<RuleToken> arguments;
    std::size_t end = 0;   // of its closing parenthesis
};

// The rule that a call stands for. Errors: an unknown name, a wrong number of arguments, an empty one, or one
// that the matcher cannot take.
[[nodiscard]] RuleResult<model::Rule> rule_of_call(const RuleCall& call, RuleKind kind, RuleSyntax syntax,
                                                   std::vector<RuleNotice>& notices);

}   // namespace gatehouse::traefik
