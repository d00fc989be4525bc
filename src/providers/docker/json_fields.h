#pragma once
// Reading fields of JSON that somebody else wrote: what is absent, or of another type than expected, reads as
// empty. Views of the document, no copies but of text.

#include <nlohmann/json.hpp>

#include <string>

namespace gatehouse::docker {

[[nodiscard]] inline const nlohmann::json& member(const nlohmann::json& object, const char* key) {
    static const nlohmann::json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(key);
    return found == object.end() ? nothing : *found;
}

[[nodiscard]] inline std::string text_member(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

[[nodiscard]] inline bool flag_member(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

}   // namespace gatehouse::docker
