#pragma once
// What the small languages in Traefik's options have in common: words, strings, numbers and signs, told
// apart. Used by the constraints (constraints.h) and by the templates (rule_template.h). Views into the text
// given.

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::traefik {

enum class TokenKind : std::uint8_t { end, word, text, number, sign, wrong };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view raw;   // as written
    std::string value;      // of a text: without its quotes, escapes resolved
    std::size_t offset = 0;
};

class Tokens {
public:
    explicit Tokens(std::string_view text) : text_(text) { advance(); }

    [[nodiscard]] const Token& now() const { return token_; }
    Token take() {
        Token token = token_;
        advance();
        return token;
    }
    [[nodiscard]] bool is_sign(std::string_view sign) const {
        return token_.kind == TokenKind::sign && token_.raw == sign;
    }
    bool take_sign(std::string_view sign) {
        const bool there = is_sign(sign);
        if (there) advance();
        return there;
    }
    [[nodiscard]] bool after_space() const {
        return after_space_;
    }   // whether white space is before the token

private:
    void advance();
    void read_text(char quote);

    std::string_view text_;
    std::size_t at_ = 0;
    bool after_space_ = false;
    Token token_;
};

}   // namespace gatehouse::traefik
