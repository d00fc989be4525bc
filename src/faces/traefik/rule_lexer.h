#pragma once
// Cuts the text of a rule into tokens: names, texts in backticks or double quotes, and the few signs of the
// grammar. White space, line ends included, separates. Texts in double quotes know Go's escapes. No I/O, no
// state but the position.

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::traefik {

struct RuleError {
    std::size_t offset = 0;   // into the rule's text, in bytes
    std::string message;      // what is wrong
    std::string hint{};       // what was expected, the nearest known name; may be empty
};
template <class T>
using RuleResult = tl::expected<T, RuleError>;

struct RuleToken {
    enum class Kind : std::uint8_t { name, text, open, close, comma, both, either, negation, end };
    Kind kind = Kind::end;
    std::size_t offset = 0;
    std::string text{};   // the name as written; a text without its quotes, escapes resolved
    bool is_raw = true;   // of a text: in backticks, so that its bytes are those of the rule
};

class RuleLexer {
public:
    explicit RuleLexer(std::string_view rule) : rule_(rule) {}
    [[nodiscard]] RuleResult<RuleToken> next();

private:
    [[nodiscard]] RuleResult<RuleToken> quoted();
    [[nodiscard]] RuleResult<RuleToken> raw();
    [[nodiscard]] RuleResult<void> escape(std::string& out);
    [[nodiscard]] RuleResult<unsigned> digits(std::size_t count, unsigned base);
    [[nodiscard]] RuleResult<RuleToken> sign(RuleToken::Kind kind, std::size_t bytes);

    std::string_view rule_;
    std::size_t at_ = 0;
};

}   // namespace gatehouse::traefik
