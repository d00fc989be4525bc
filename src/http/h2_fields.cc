#include "http/h2_fields.h"

#include <algorithm>

#include "base/text.h"
#include "http/characters.h"
#include "http/framing.h"

namespace gatehouse::http {
namespace {

std::uint8_t* bytes_of(std::string_view text) {   // nghttp2 only reads them
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

bool belongs_to_connection(const Field& field) {
    switch (field.id) {
        case FieldId::connection:
        case FieldId::http2_settings:
        case FieldId::keep_alive:
        case FieldId::proxy_connection:
        case FieldId::transfer_encoding:
        case FieldId::upgrade: return true;
        case FieldId::te: return !equals_ignoring_case(field.value, "trailers");
        default: return field.form == NameForm::strange;
    }
}

}   // namespace

void H2NameValues::add(std::string_view name, std::string_view value) {
    items_.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
}

std::string_view H2NameValues::clean(std::string_view value) {
    while (!value.empty() && (is_blank(value.front()) || is_control(value.front()))) value.remove_prefix(1);
    while (!value.empty() && (is_blank(value.back()) || is_control(value.back()))) value.remove_suffix(1);
    if (!has_control(value)) return value;
    const auto out = arena_.allocate_text(value.size());
    std::ranges::transform(value, out.begin(), [](char c) { return c != '\t' && is_control(c) ? ' ' : c; });
    return {out.data(), out.size()};
}

void H2NameValues::pseudo(std::string_view name, std::string_view value) { add(name, clean(value)); }

void H2NameValues::status(int status) {
    const auto text = arena_.allocate_text(3);
    for (int i = 2; i >= 0; --i, status /= 10)
        text[static_cast<std::size_t>(i)] = static_cast<char>('0' + status % 10);
    add(":status", {text.data(), text.size()});
}

void H2NameValues::fields(const Fields& fields, FieldId except) {
    items_.reserve(items_.size() + fields.size());
    for (const auto& field : fields) {
        if (belongs_to_connection(field)) continue;
        if (except != FieldId::other && field.id == except) continue;
        add(field.name, clean(field.value));
    }
}

void H2NameValues::copied_fields(const Fields& fields) {
    for (const auto& field : fields) {
        if (!belongs_to_connection(field)) add(arena_.copy(field.name), arena_.copy(clean(field.value)));
    }
}

}   // namespace gatehouse::http
