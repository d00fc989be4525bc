#include "http/content_type.h"

#include <algorithm>

#include "base/text.h"

namespace gatehouse::http {
namespace {

// Takes one parameter, "name=value" or "name=\"value\"", from behind its semicolon.
std::string_view take_parameter(std::string_view& rest) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size() && (quoted || rest[end] != ';'); ++end) {
        if (rest[end] == '"') quoted = !quoted;
        if (rest[end] == '\\' && quoted) ++end;
    }
    end = std::min(end, rest.size());
    const auto parameter = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + 1));
    return parameter;
}

}   // namespace

std::string_view bare_media_type(std::string_view content_type) {
    return trim(content_type.substr(0, content_type.find(';')));
}

std::string_view charset_of(std::string_view content_type) {
    const auto semicolon = content_type.find(';');
    if (semicolon == std::string_view::npos) return {};
    auto rest = content_type.substr(semicolon + 1);
    while (!rest.empty()) {
        const auto parameter = take_parameter(rest);
        constexpr std::string_view name = "charset=";
        if (!starts_with_ignoring_case(parameter, name)) continue;
        auto value = parameter.substr(name.size());
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return value;
    }
    return {};
}

std::string_view with_charset(std::string_view content_type, std::string_view charset, Arena& arena) {
    return arena.concat({content_type, "; charset=", charset});
}

}   // namespace gatehouse::http
