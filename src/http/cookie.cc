#include "http/cookie.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::http {
namespace {

std::optional<std::string_view> find_in(std::string_view cookies, std::string_view name) {
    while (!cookies.empty()) {
        const auto pair = cookies.substr(0, cookies.find(';'));
        const auto equals = pair.find('=');
        if (equals != std::string_view::npos && equals_ignoring_case(trim(pair.substr(0, equals)), name)) {
            return trim(pair.substr(equals + 1));
        }
        cookies.remove_prefix(std::min(cookies.size(), pair.size() + 1));
    }
    return std::nullopt;
}

}   // namespace

std::optional<std::string_view> find_cookie(const Fields& request, std::string_view name) {
    for (const auto& field : request) {
        if (field.id != FieldId::cookie) continue;
        if (const auto value = find_in(field.value, name)) return value;
    }
    return std::nullopt;
}

}   // namespace gatehouse::http
