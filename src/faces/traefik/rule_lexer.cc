#include "faces/traefik/rule_lexer.h"

#include "base/text.h"

#include <utility>

namespace gatehouse::traefik {
namespace {

tl::unexpected<RuleError> fail_at(std::size_t offset, std::string message, std::string hint = {}) {
    return tl::unexpected(RuleError{offset, std::move(message), std::move(hint)});
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name_character(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

void append_utf8(std::string& out, unsigned character) {
    const auto add = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (character < 0x80) return add(character);
    if (character < 0x800) {
        add(0xc0 | character >> 6);
    } else {
        if (character < 0x10000) {
            add(0xe0 | character >> 12);
        } else {
            add(0xf0 | character >> 18);
            add(0x80 | (character >> 12 & 0x3f));
        }
        add(0x80 | (character >> 6 & 0x3f));
    }
    add(0x80 | (character & 0x3f));
}

}   // namespace

RuleResult<RuleToken> RuleLexer::sign(RuleToken::Kind kind, std::size_t bytes) {
    RuleToken token{kind, at_, std::string(rule_.substr(at_, bytes))};
    at_ += bytes;
    return token;
}

RuleResult<RuleToken> RuleLexer::next() {
    using Kind = RuleToken::Kind;
    while (at_ < rule_.size() && is_space(rule_[at_])) ++at_;
    if (at_ == rule_.size()) return sign(Kind::end, 0);
    const auto rest = rule_.substr(at_);
    switch (rest.front()) {
        case '(': return sign(Kind::open, 1);
        case ')': return sign(Kind::close, 1);
        case ',': return sign(Kind::comma, 1);
        case '!': return sign(Kind::negation, 1);
        case '`': return raw();
        case '"': return quoted();
        case '\'': return fail_at(at_, "single quotes", "put texts into backticks or double quotes");
        case '&':
            if (rest.starts_with("&&")) return sign(Kind::both, 2);
            return fail_at(at_, "a single \"&\"", "\"and\" is written &&");
        case '|':
            if (rest.starts_with("||")) return sign(Kind::either, 2);
            return fail_at(at_, "a single \"|\"", "\"or\" is written ||");
        default: break;
    }
    std::size_t bytes = 0;
    while (bytes < rest.size() && is_name_character(rest[bytes])) ++bytes;
    if (bytes == 0 || is_digit(rest.front()))
        return fail_at(at_, "unexpected character", "expected a matcher, such as Host(`example.com`)");
    return sign(Kind::name, bytes);
}

RuleResult<RuleToken> RuleLexer::raw() {
    const auto end = rule_.find('`', at_ + 1);
    if (end == std::string_view::npos) return fail_at(at_, "a text without its closing backtick");
    RuleToken token{RuleToken::Kind::text, at_, std::string(rule_.substr(at_ + 1, end - at_ - 1))};
    std::erase(token.text, '\r');   // as Go does
    at_ = end + 1;
    return token;
}

RuleResult<RuleToken> RuleLexer::quoted() {
    RuleToken token{RuleToken::Kind::text, at_};
    token.is_raw = false;
    ++at_;
    while (at_ < rule_.size() && rule_[at_] != '"' && rule_[at_] != '\n') {
        if (rule_[at_] != '\\') {
            token.text += rule_[at_++];
        } else if (auto done = escape(token.text); !done) {
            return tl::unexpected(done.error());
        }
    }
    if (at_ == rule_.size() || rule_[at_] == '\n')
        return fail_at(token.offset, "a text without its closing quote");
    ++at_;
    return token;
}

RuleResult<void> RuleLexer::escape(std::string& out) {
    const std::size_t offset = at_++;
    const char c = at_ < rule_.size() ? rule_[at_] : '\0';
    constexpr std::string_view letters = "abfnrtv\\\"";
    constexpr std::string_view values = "\a\b\f\n\r\t\v\\\"";
    if (const auto found = letters.find(c); found != std::string_view::npos) {
        out += values[found];
        ++at_;
        return {};
    }
    const bool is_octal = c >= '0' && c <= '7';
    const bool is_byte = c == 'x' || is_octal;
    if (!is_byte && c != 'u' && c != 'U')
        return fail_at(offset, "unknown escape in double quotes", "in backticks \\ stands for itself");
    if (!is_octal) ++at_;
    const auto value = digits(is_octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : 8, is_octal ? 8 : 16);
    if (!value) return tl::unexpected(value.error());
    if (is_byte && *value > 0xff) return fail_at(offset, "an escape of more than a byte");
    if (!is_byte && (*value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)))
        return fail_at(offset, "an escape that is no character");
    if (is_byte) {
        out += static_cast<char>(*value);
    } else {
        append_utf8(out, *value);
    }
    return {};
}

RuleResult<unsigned> RuleLexer::digits(std::size_t count, unsigned base) {
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i, ++at_) {
        const int digit = at_ < rule_.size() ? hex_value(rule_[at_]) : -1;
        if (digit < 0 || static_cast<unsigned>(digit) >= base)
            return fail_at(at_, "an escape that is too short",
                           "it takes " + std::to_string(count) + " digits");
        if (value > 0x0fffffff / base) return fail_at(at_, "an escape that is no character");
        value = value * base + static_cast<unsigned>(digit);
    }
    return value;
}

}   // namespace gatehouse::traefik
