#pragma once
// A cookie that leads a client back to the endpoint it was given first (Traefik's `sticky.cookie`). Its value
// names an endpoint without telling its address; who sends one that names none, or none that can be used, is
// given another.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::model {

struct StickyCookie {
    std::string name;
    bool secure = false, http_only = false;
    std::string same_site = {};            // "none", "lax", "strict"; "": nothing is said
    std::optional<std::int64_t> max_age;   // seconds
    std::string path = "/", domain = {};
    std::string scheme = "http";   // of the endpoints: part of what their values are made of
    bool operator==(const StickyCookie&) const = default;
};

// The cookie's name where none is given: "_" and a few digits that differ between services.
[[nodiscard]] std::string usual_sticky_name(std::string_view service);
// Of the endpoint "scheme://address": the beginning of its SHA-256, in hexadecimal.
[[nodiscard]] std::string sticky_value(const StickyCookie& cookie, std::string_view address);
// The same of anything that has a name.
[[nodiscard]] std::string sticky_value_of_name(std::string_view name);
// The whole Set-Cookie.
[[nodiscard]] std::string set_sticky_cookie(const StickyCookie& cookie, std::string_view value);

}   // namespace gatehouse::model
