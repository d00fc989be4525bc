#include "faces/traefik/expression.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view white = " \t\r\n";

bool in_word(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

char unescaped(char c) {
    switch (c) {
        case 'n': return '\n';
        case 't': return '\t';
        case 'r': return '\r';
        default: return c;
    }
}

}   // namespace

// Between quotes of one kind; backticks know no escapes.
void Tokens::read_text(char quote) {
    token_.kind = TokenKind::wrong;
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != quote) {
        const bool escape = quote != '`' && text_[at_] == '\\' && at_ + 1 < text_.size();
        if (escape) ++at_;
        token_.value += escape ? unescaped(text_[at_]) : text_[at_];
        ++at_;
    }
    if (at_ < text_.size()) {
        ++at_;
        token_.kind = TokenKind::text;
    }
    token_.raw = text_.substr(begin, at_ - begin);
}

void Tokens::advance() {
    const std::size_t before = at_;
    at_ = std::min(text_.find_first_not_of(white, at_), text_.size());
    after_space_ = at_ != before;
    token_ = {TokenKind::end, {}, {}, at_};
    if (at_ == text_.size()) return;
    const char c = text_[at_];
    if (c == '"' || c == '`' || c == '\'') return read_text(c);
    const std::size_t begin = at_;
    const bool negative = c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (is_digit(c) || negative) {
        ++at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        token_.kind = TokenKind::number;
    } else if (in_word(c)) {
        while (at_ < text_.size() && in_word(text_[at_])) ++at_;
        token_.kind = TokenKind::word;
    } else {
        const auto pair = text_.substr(at_, 2);
        at_ += pair == "&&" || pair == "||" || pair == ":=" ? 2 : 1;
        token_.kind = TokenKind::sign;
    }
    token_.raw = text_.substr(begin, at_ - begin);
}

}   // namespace gatehouse::traefik
