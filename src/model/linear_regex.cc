#include "model/linear_regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstdint>

namespace gatehouse::model {
namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The bytes of the character that the text begins with; 0: it begins with none. No overlong forms, no
// surrogates (RFC 3629 section 4).
std::size_t character_bytes(std::string_view text) {
    const auto byte = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const bool second = continues(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return second && continues(2) ? 3 : 0;
    }
    if (first < 0xf0 || first > 0xf4) return 0;
    const bool second = continues(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && continues(2) && continues(3) ? 4 : 0;
}

std::string as_utf8(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto bytes = character_bytes(text);
        out += bytes == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(0, bytes);
        text.remove_prefix(std::max<std::size_t>(bytes, 1));
    }
    return out;
}

// Go has "(?<name>…)" beside "(?P<name>…)" since 1.22; this RE2 has not. Escapes and classes stay as they
// are.
std::string with_named_groups(std::string_view pattern) {
    std::string out;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '\\' && i + 1 < pattern.size()) {
            out += pattern.substr(i++, 2);
            continue;
        }
        if (!in_class && pattern.substr(i).starts_with("(?<")) {
            out += "(?P";
            ++i;
            continue;
        }
        if (c == '[' && !in_class) {
            in_class = true;
            const auto members = pattern.substr(i + 1);
            const std::size_t first = members.starts_with('^') ? 1 : 0;
            if (members.substr(first).starts_with(']')) {   // a member, not the end
                out += pattern.substr(i, first + 2);
                i += first + 1;
                continue;
            }
        } else if (c == ']') {
            in_class = false;
        }
        out += c;
    }
    return out;
}

}   // namespace

LinearRegex::~LinearRegex() = default;

tl::expected<std::shared_ptr<const LinearRegex>, LinearRegex::CompileError> LinearRegex::compile(
    std::string_view pattern) {
    if (pattern.size() > longest_pattern_bytes) {
        return tl::unexpected(CompileError{"a regular expression of " + std::to_string(pattern.size()) +
                                           " bytes: at most " + std::to_string(longest_pattern_bytes)});
    }
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(memory_bytes);
    const std::string text = with_named_groups(pattern);
    auto compiled = std::make_unique<re2::RE2>(text, options);
    if (!compiled->ok()) {
        if (compiled->error_code() == re2::RE2::ErrorPatternTooLarge ||
            compiled->error_code() == re2::RE2::ErrorRepeatSize) {
            return tl::unexpected(
                CompileError{"this regular expression is too large once its repetitions "
                             "are written out: " +
                             compiled->error()});
        }
        const auto offset = pattern.find(compiled->error_arg());
        return tl::unexpected(CompileError{compiled->error(), offset == std::string_view::npos ? 0 : offset});
    }
    std::shared_ptr<LinearRegex> made(new LinearRegex());
    made->pattern_ = pattern;
    made->required_ = required_text_of(text);
    made->expression_ = std::move(compiled);
    return made;
}

std::size_t LinearRegex::steps() const { return static_cast<std::size_t>(expression_->ProgramSize()); }

bool LinearRegex::matches(std::string_view text) const {
    if (is_ascii(text)) return re2::RE2::PartialMatch({text.data(), text.size()}, *expression_);
    const std::string valid = as_utf8(text);
    return re2::RE2::PartialMatch(valid, *expression_);
}

}   // namespace gatehouse::model
