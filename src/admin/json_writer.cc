#include "admin/json_writer.h"

#include "admin/utf8.h"

#include <fmt/format.h>

#include <cmath>

namespace gatehouse::admin {

void JsonWriter::separate() {
    if (!is_first_) result_ += ',';
    is_first_ = false;
}

void JsonWriter::begin(char bracket) {
    separate();
    result_ += bracket;
    is_first_ = true;
}

void JsonWriter::end(char bracket) {
    result_ += bracket;
    is_first_ = false;
}

JsonWriter& JsonWriter::name(std::string_view name) {
    separate();
    quoted(name);
    result_ += ':';
    is_first_ = true;
    return *this;
}

void JsonWriter::text(std::string_view value) {
    separate();
    quoted(value);
}

void JsonWriter::real(double value) { raw(std::isfinite(value) ? fmt::format("{}", value) : "null"); }

void JsonWriter::raw(std::string_view json) {
    separate();
    result_ += json;
}

void JsonWriter::members(std::string_view json) {
    if (!json.empty()) raw(json);
}

void JsonWriter::texts(const std::vector<std::string>& values) {
    begin_list();
    for (const std::string& value : values) text(value);
    end_list();
}

void JsonWriter::member(std::string_view called, std::string_view value) {
    if (!value.empty()) name(called).text(value);
}

void JsonWriter::member(std::string_view called, const std::vector<std::string>& values) {
    if (!values.empty()) name(called).texts(values);
}

void JsonWriter::quoted(std::string_view value) {
    result_ += '"';
    for_each_character(value, [this](std::string_view character) {
        const auto byte = static_cast<unsigned char>(character.front());
        switch (byte) {
            case '"': result_ += "\\\""; return;
            case '\\': result_ += "\\\\"; return;
            case '\n': result_ += "\\n"; return;
            case '\r': result_ += "\\r"; return;
            case '\t': result_ += "\\t"; return;
            case '<':   // as Go does: safe also where somebody puts it into a page
            case '>':
            case '&': result_ += fmt::format("\\u{:04x}", byte); return;
            default: break;
        }
        if (byte < 0x20 || byte == 0x7f) {
            result_ += fmt::format("\\u{:04x}", byte);
        } else {
            result_ += character;
        }
    });
    result_ += '"';
}

}   // namespace gatehouse::admin
