#include "exchange/log_line.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

constexpr bool is_special(char c) {   // also inside a JSON string
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// What neither way of escaping leaves as it is, and a little more: most values hold nothing of it, and are
// copied while they are looked at.
constexpr std::uint64_t may_need_escape(std::uint64_t word) {
    return bytes_below_space(word) | bytes_above_ascii(word) | bytes_equal(word, '"') |
           bytes_equal(word, '\\') | bytes_equal(word, '\x7f');
}

}   // namespace

LogLine::LogLine(std::string& lines)
    : lines_(lines), to_(lines.data() + lines.size()), end_(lines.data() + lines.size()) {}

LogLine::~LogLine() { lines_.resize(static_cast<std::size_t>(to_ - lines_.data())); }

void LogLine::make_room(std::size_t bytes) {
    constexpr std::size_t usual_line_bytes = 384;
    const auto used = static_cast<std::size_t>(to_ - lines_.data());
    lines_.resize(used + std::max(bytes, usual_line_bytes));
    to_ = lines_.data() + used;
    end_ = lines_.data() + lines_.size();
}

void LogLine::put_number(std::uint64_t number) {
    const fmt::format_int text(number);
    put({text.data(), text.size()});
}

void LogLine::put_hex(char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    put(digits[byte >> 4]);
    put(digits[byte & 0xF]);
}

void LogLine::put_standard(std::string_view value) {
    for (const char c : value) {
        if (!is_special(c) && static_cast<unsigned char>(c) < 0x7F) {
            put(c);
        } else {
            put("\\x");
            put_hex(c);
        }
    }
}

// RFC 8259 section 7. Bytes from 0x7F on pass, as in nginx: valid UTF-8 stays what it is.
void LogLine::put_json(std::string_view value) {
    for (const char c : value) {
        if (!is_special(c)) {
            put(c);
            continue;
        }
        switch (c) {
            case '\n': put("\\n"); break;
            case '\r': put("\\r"); break;
            case '\t': put("\\t"); break;
            case '\b': put("\\b"); break;
            case '\f': put("\\f"); break;
            case '"': put("\\\""); break;
            case '\\': put("\\\\"); break;
            default: put("\\u00"); put_hex(c);
        }
    }
}

void LogLine::put_value(std::optional<std::string_view> value, model::LogFormat::Escape escape) {
    using Escape = model::LogFormat::Escape;
    if (!value) {
        if (escape == Escape::standard) put('-');
        return;
    }
    if (escape == Escape::none) return put(*value);
    need(value->size());
    if (!copy_looking(to_, *value, may_need_escape)) {
        to_ += value->size();
    } else if (escape == Escape::standard) {
        put_standard(*value);
    } else {
        put_json(*value);
    }
}

}   // namespace gatehouse::exchange
