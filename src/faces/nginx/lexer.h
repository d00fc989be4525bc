#pragma once
// nginx's lexical grammar: words (bare, 'single' or "double" quoted, with backslash escapes and
// ${variables}), `;`, `{`, `}` and comments. It reproduces what nginx's tokeniser does byte for byte, also
// where that surprises (a `#` inside a word is no comment, `location /api{` needs no space, a `}` inside a
// word is part of it), and says where each token stands. It looks into a text that outlives it; one Lexer per
// file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "faces/nginx/diagnostic.h"

namespace gatehouse::nginx {

enum class TokenKind : std::uint8_t { word, semicolon, block_open, block_close, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text{};    // of a word: unquoted and unescaped
    bool quoted = false;   // the word was in quotes
    Position position{};
    std::uint32_t length = 1;   // bytes in the source, quotes included
};

class Lexer {
public:
    static constexpr std::size_t max_word_bytes = 64 * 1024;

    Lexer(std::string_view text, std::uint32_t file);

    [[nodiscard]] Diagnosed<Token> next();
    void skip_line();   // to the next line; the word that was begun is forgotten

private:
    [[nodiscard]] bool at_end() const { return offset_ >= text_.size(); }
    [[nodiscard]] Position position_at(std::size_t offset) const;
    void count_lines(std::size_t from, std::size_t to);
    void skip_blank();
    [[nodiscard]] Diagnosed<Token> punctuation(TokenKind kind);
    [[nodiscard]] Diagnosed<Token> bare_word();
    [[nodiscard]] Diagnosed<Token> quoted_word(char quote);
    [[nodiscard]] Diagnosed<Token> word(std::size_t start, std::size_t content_begin,
                                        std::size_t content_end);
    [[nodiscard]] tl::unexpected<Diagnostic> unexpected_character(char c, std::string hint) const;

    std::string_view text_;
    std::uint32_t file_;
    std::size_t offset_ = 0;
    std::size_t line_start_ = 0;
    std::uint32_t line_ = 1;
    bool after_quotes_ = false;   // the previous token was quoted: only blanks, `;`, `{` or `)` may follow
};

}   // namespace gatehouse::nginx
