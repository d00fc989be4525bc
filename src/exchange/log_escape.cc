#include "exchange/log_escape.h"

#include "base/byte_scan.h"

#include <array>
#include <cstdint>

namespace gatehouse::exchange {
namespace {

using Table = std::array<bool, 256>;   // by byte: must it be escaped?

constexpr Table make_standard() {
    Table table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\';
    }
    return table;
}
constexpr Table make_json() {
    Table table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = byte < 0x20 || byte == '"' || byte == '\\';
    }
    return table;
}
constexpr Table standard = make_standard();
constexpr Table json = make_json();

void append_hex(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 0xF];
}

void append_standard(std::string& out, char c) {
    out += "\\x";
    append_hex(out, c);
}

// RFC 8259 section 7. Bytes from 0x7F on pass, as in nginx: valid UTF-8 stays what it is.
void append_json(std::string& out, char c) {
    switch (c) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\b': out += "\\b"; return;
        case '\f': out += "\\f"; return;
        case '"':
        case '\\':
            out += '\\';
            out += c;
            return;
        default: out += "\\u00"; append_hex(out, c);
    }
}

// For most values the answer is no, and they are copied as they are.
bool may_need_escape(std::string_view value) {
    return any_byte(value, [](std::uint64_t word) {
        return bytes_below_space(word) | bytes_above_ascii(word) | bytes_equal(word, '"') |
               bytes_equal(word, '\\') | bytes_equal(word, '\x7f');
    });
}

void append_escaped(std::string& out, std::string_view value, const Table& table,
                    void (*append_one)(std::string&, char)) {
    if (!may_need_escape(value)) {
        out.append(value);
        return;
    }
    for (const char c : value) {
        if (table[static_cast<unsigned char>(c)]) {
            append_one(out, c);
        } else {
            out += c;
        }
    }
}

}   // namespace

void append_log_value(std::string& out, std::optional<std::string_view> value,
                      model::LogFormat::Escape escape) {
    using Escape = model::LogFormat::Escape;
    switch (escape) {
        case Escape::standard:
            if (!value) {
                out += '-';
            } else {
                append_escaped(out, *value, standard, append_standard);
            }
            return;
        case Escape::json: return append_escaped(out, value.value_or(""), json, append_json);
        case Escape::none: out += value.value_or(""); return;
    }
}

}   // namespace gatehouse::exchange
