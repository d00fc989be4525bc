#pragma once
// A compiled regular expression in the syntax of RE2, which is Go's: what Traefik's configurations use.
// Matching takes time linear in the text, whatever the expression, and bounded memory; an expression that
// would need a large program is refused. Immutable and shared by threads. For nginx's expressions see
// regex.h.

#include "model/required_text.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace gatehouse::model {

class LinearRegex {
public:
    static constexpr std::size_t longest_pattern_bytes = 4096;
    // Of the program and of the states that matching has found so far; a quarter of it may be the program's,
    // about 2,700 steps. A regular expression of a host or a path has some dozens.
    static constexpr std::size_t memory_bytes = 256 * 1024;

    struct CompileError {
        std::string message;
        std::size_t offset = 0;   // into the pattern: where the part that is wrong begins
    };
    static tl::expected<std::shared_ptr<const LinearRegex>, CompileError> compile(std::string_view pattern);
    ~LinearRegex();
    LinearRegex(const LinearRegex&) = delete;
    LinearRegex& operator=(const LinearRegex&) = delete;

    // Anywhere in the text, unless the expression is anchored. Bytes that are not UTF-8 count as U+FFFD, as
    // in Go.
    [[nodiscard]] bool matches(std::string_view text) const;
    [[nodiscard]] const std::string& pattern() const { return pattern_; }   // as given
    [[nodiscard]] const RequiredText& required() const { return required_; }
    [[nodiscard]] std::size_t steps() const;   // of its program: what it takes to compile and to keep
    // For what needs the groups. It takes texts of UTF-8.
    [[nodiscard]] const re2::RE2& expression() const { return *expression_; }

private:
    LinearRegex() = default;
    std::string pattern_;
    RequiredText required_;
    std::unique_ptr<const re2::RE2> expression_;
};

}   // namespace gatehouse::model
