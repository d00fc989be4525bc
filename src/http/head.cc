#include "http/head.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include "base/text.h"

namespace gatehouse::http {
namespace {

constexpr std::array<std::string_view, 17> method_names = {
    "GET",      "HEAD",      "POST",  "PUT",  "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
    "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",   "LOCK",    "UNLOCK",  "",
};
static_assert(method_names[static_cast<std::size_t>(Method::unlock)] == "UNLOCK");
static_assert(std::is_trivially_copyable_v<Field> && std::is_trivially_destructible_v<Field>);

}   // namespace

Method parse_method(std::string_view token) {
    if (token == "GET") return Method::get;
    if (token == "POST") return Method::post;
    const auto* found = std::find(method_names.begin(), method_names.end() - 1, token);
    return static_cast<Method>(found - method_names.begin());
}

std::string_view name_of(Method method) { return method_names[static_cast<std::size_t>(method)]; }

std::string_view name_of(Version version) {
    switch (version) {
        case Version::http_1_0: return "HTTP/1.0";
        case Version::http_1_1: return "HTTP/1.1";
        case Version::http_2: return "HTTP/2.0";
    }
    return "";
}

bool is_safe(Method method) {
    switch (method) {
        case Method::get:
        case Method::head:
        case Method::options:
        case Method::trace:
        case Method::propfind: return true;
        default: return false;
    }
}

bool is_idempotent(Method method) {
    switch (method) {
        case Method::post:
        case Method::patch:
        case Method::lock:
        case Method::connect:
        case Method::other: return false;
        default: return true;
    }
}

Field make_field(FieldId id, std::string_view value) { return {name_of(id), value, id, NameForm::plain}; }

Field make_field(std::string_view name, std::string_view value) {
    return {name, value, field_id(name), form_of_name(name)};
}

Fields::Fields(Fields&& other) noexcept
    : items_(std::exchange(other.items_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      present_(std::exchange(other.present_, {})) {}

Fields& Fields::operator=(Fields&& other) noexcept {
    items_ = std::exchange(other.items_, nullptr);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    present_ = std::exchange(other.present_, {});
    return *this;
}

void Fields::grow(Arena& arena) {
    const std::uint32_t capacity = capacity_ == 0 ? 16 : capacity_ * 2;
    auto* items = static_cast<Field*>(arena.allocate(capacity * sizeof(Field), alignof(Field)));
    std::uninitialized_copy(begin(), end(), items);
    items_ = items;
    capacity_ = capacity;
}

void Fields::add(Arena& arena, const Field& field) {
    if (size_ == capacity_) grow(arena);
    new (items_ + size_++) Field(field);
    present_.add(field.id);
}

Fields Fields::clone(Arena& arena) const {
    Fields copy;
    for (const auto& field : *this) copy.add(arena, field);
    return copy;
}

void Fields::remove(FieldId id) {
    if (!contains(id)) return;
    const auto* kept = std::remove_if(begin(), end(), [id](const Field& field) { return field.id == id; });
    size_ = static_cast<std::uint32_t>(kept - items_);
    present_.remove(id);
}

void Fields::remove(std::string_view name) {
    if (const auto id = field_id(name); id != FieldId::other) return remove(id);
    const auto* kept = std::remove_if(begin(), end(), [name](const Field& field) {
        return field.id == FieldId::other && equals_ignoring_case(field.name, name);
    });
    size_ = static_cast<std::uint32_t>(kept - items_);
}

void Fields::clear() {
    size_ = 0;
    present_.clear();
}

const Field* Fields::find(FieldId id) const {
    if (!contains(id)) return nullptr;
    const auto* found = std::find_if(begin(), end(), [id](const Field& field) { return field.id == id; });
    return found == end() ? nullptr : found;
}

const Field* Fields::find(std::string_view name) const {
    if (const auto id = field_id(name); id != FieldId::other) return find(id);
    const auto* found = std::find_if(begin(), end(), [name](const Field& field) {
        return field.id == FieldId::other && equals_ignoring_case(field.name, name);
    });
    return found == end() ? nullptr : found;
}

std::string_view Fields::value_of(FieldId id) const {
    const auto* field = find(id);
    return field == nullptr ? std::string_view{} : field->value;
}

std::size_t Fields::count(FieldId id) const {
    if (!contains(id)) return 0;
    return static_cast<std::size_t>(
        std::count_if(begin(), end(), [id](const Field& field) { return field.id == id; }));
}

Error as_error(const HeadError& error, ErrorSource source) {
    const bool too_large = error.status == 414 || error.status == 431;
    return {too_large ? ErrorCode::too_large : ErrorCode::malformed, source, 0, error.rule};
}

}   // namespace gatehouse::http
