#include "faces/nginx/lexer.h"

#include <fmt/format.h>

namespace gatehouse::nginx {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// nginx unescapes \" \' \\ \t \r \n; before any other byte the backslash stays, so that regular expressions
// survive.
std::string unescape(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
        switch (next) {
            case '"':
            case '\'':
            case '\\': out += next; break;
            case 't': out += '\t'; break;
            case 'r': out += '\r'; break;
            case 'n': out += '\n'; break;
            default: out += raw[i]; continue;
        }
        ++i;
    }
    return out;
}

}   // namespace

Lexer::Lexer(std::string_view text, std::uint32_t file) : text_(text), file_(file) {
    if (text_.starts_with(byte_order_mark)) offset_ = line_start_ = byte_order_mark.size();
}

Position Lexer::position_at(std::size_t offset) const {
    return {file_, line_, static_cast<std::uint32_t>(offset - line_start_ + 1)};
}

void Lexer::count_lines(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
        if (text_[i] != '\n') continue;
        ++line_;
        line_start_ = i + 1;
    }
}

void Lexer::skip_line() {
    const std::size_t end = text_.find('\n', offset_);
    const std::size_t next = end == std::string_view::npos ? text_.size() : end + 1;
    count_lines(offset_, next);
    offset_ = next;
    after_quotes_ = false;
}

void Lexer::skip_blank() {
    while (!at_end()) {
        if (text_[offset_] == '#') {
            skip_line();
        } else if (is_blank(text_[offset_])) {
            count_lines(offset_, offset_ + 1);
            ++offset_;
        } else {
            return;
        }
    }
}

tl::unexpected<Diagnostic> Lexer::unexpected_character(char c, std::string hint) const {
    return tl::unexpected(Diagnostic{.message = fmt::format("unexpected \"{}\"", c),
                                     .position = position_at(offset_),
                                     .hint = std::move(hint)});
}

Diagnosed<Token> Lexer::next() {
    if (after_quotes_ && !at_end()) {
        const char c = text_[offset_];
        if (!is_blank(c) && c != ';' && c != '{' && c != ')') {
            return unexpected_character(c, "expected a space, \";\" or \"{\" after the closing quote");
        }
    }
    after_quotes_ = false;
    skip_blank();
    if (at_end()) return Token{.position = position_at(offset_)};
    switch (text_[offset_]) {
        case ';': return punctuation(TokenKind::semicolon);
        case '{': return punctuation(TokenKind::block_open);
        case '}': return punctuation(TokenKind::block_close);
        case '"':
        case '\'': return quoted_word(text_[offset_]);
        default: return bare_word();
    }
}

Diagnosed<Token> Lexer::punctuation(TokenKind kind) {
    Token token{.kind = kind, .position = position_at(offset_)};
    ++offset_;
    return token;
}

Diagnosed<Token> Lexer::bare_word() {
    std::size_t end = offset_;
    bool after_dollar = false;   // `${` opens a variable name, not a block; `${{` neither, as in nginx
    for (; end < text_.size(); ++end) {
        const char c = text_[end];
        if (c == '{' && after_dollar) continue;
        after_dollar = c == '$';
        if (c == '\\') {
            ++end;
            continue;
        }
        if (is_blank(c) || c == ';' || c == '{') break;
    }
    if (end >= text_.size()) {
        const auto length = static_cast<std::uint32_t>(text_.size() - offset_);
        return tl::unexpected(Diagnostic{.message = R"(unexpected end of file, expecting ";" or "}")",
                                         .position = position_at(offset_),
                                         .length = length,
                                         .hint = "the file ends here"});
    }
    return word(offset_, offset_, end);
}

Diagnosed<Token> Lexer::quoted_word(char quote) {
    std::size_t end = offset_ + 1;
    for (; end < text_.size() && text_[end] != quote; ++end) {
        if (text_[end] == '\\') ++end;
    }
    if (end >= text_.size()) {
        return tl::unexpected(Diagnostic{.message = R"(unexpected end of file, expecting ";" or "}")",
                                         .position = position_at(offset_),
                                         .hint = fmt::format("this {} is never closed", quote)});
    }
    after_quotes_ = true;
    return word(offset_, offset_ + 1, end);
}

Diagnosed<Token> Lexer::word(std::size_t start, std::size_t content_begin, std::size_t content_end) {
    const std::string_view raw = text_.substr(content_begin, content_end - content_begin);
    const bool is_quoted = content_begin != start;
    const std::size_t next_offset = content_end + (is_quoted ? 1 : 0);
    Token token{.kind = TokenKind::word, .quoted = is_quoted, .position = position_at(start)};
    token.length = static_cast<std::uint32_t>(next_offset - start);
    if (raw.size() > max_word_bytes) {
        return tl::unexpected(Diagnostic{
            .message = fmt::format("too long parameter \"{}...\" started", raw.substr(0, 10)),
            .position = token.position,
            .hint = fmt::format("more than {} bytes: is a closing quote missing?", max_word_bytes)});
    }
    if (raw.find('\0') != std::string_view::npos) {
        return tl::unexpected(Diagnostic{.message = "unexpected NUL byte",
                                         .position = token.position,
                                         .length = token.length,
                                         .hint = "is this a text file?"});
    }
    token.text = unescape(raw);
    count_lines(start, next_offset);
    offset_ = next_offset;
    return token;
}

}   // namespace gatehouse::nginx
