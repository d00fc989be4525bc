#include "http/field_line.h"

#include "http/characters.h"

namespace gatehouse::http {
namespace {

NameForm form_of_classes(unsigned classes) {
    if ((classes & name_strange) != 0) return NameForm::strange;
    if ((classes & name_token) != 0) return NameForm::token;
    return (classes & name_underscore) != 0 ? NameForm::underscore : NameForm::plain;
}

bool has_forbidden_control(std::string_view value, FieldRules rules) {
    if (!has_control(value)) return false;
    std::size_t from = 0;
    while ((from = find_control(value, from)) != std::string_view::npos) {
        const char c = value[from++];
        if (c == '\t') continue;
        if (rules == FieldRules::request || c == '\0' || c == '\r' || c == '\n') return true;
    }
    return false;
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

}   // namespace

NameForm form_of_name(std::string_view name) {
    unsigned classes = name_plain;
    for (const char c : name) classes |= name_class(c);
    return name.empty() || (classes & name_end) != 0 ? NameForm::strange : form_of_classes(classes);
}

namespace {

// Looks at every byte of a name that is not known; where its colon is.
HeadResult<std::size_t> check_name(std::string_view line, FieldRules rules, Field& field) {
    const int status = rules == FieldRules::request ? 400 : 502;
    unsigned classes = name_plain;
    std::size_t length = 0;
    for (; length < line.size(); ++length) {
        const unsigned of_byte = name_class(line[length]);
        if (of_byte == name_end) break;
        classes |= of_byte;
    }
    std::size_t colon = length;
    if (rules == FieldRules::response) {
        while (colon < line.size() && is_blank(line[colon])) ++colon;
    }
    if (colon == line.size()) return refuse(status, "field line without a colon");
    if (line[colon] != ':') return refuse(status, "white space or control character in a field name");
    if (length == 0) return refuse(status, "empty field name");
    field.name = line.substr(0, length);
    field.form = form_of_classes(classes);
    if (length < colon) field.id = field_id(field.name);
    return colon;
}

}   // namespace

HeadResult<Field> parse_field_line(std::string_view line, FieldRules rules) {
    Field field;
    std::size_t colon = find_near(line, ':');
    if (colon != std::string_view::npos) {
        field.name = line.substr(0, colon);
        field.id = field_id(field.name);
    }
    if (field.id == FieldId::other) {   // the names that are known are plain
        const auto checked = check_name(line, rules, field);
        if (!checked) return HeadFailure(checked.error());
        colon = *checked;
    }
    field.value = without_blanks(line.substr(colon + 1));
    if (has_forbidden_control(field.value, rules))
        return refuse(rules == FieldRules::request ? 400 : 502, "control character in a field value");
    return field;
}

}   // namespace gatehouse::http
