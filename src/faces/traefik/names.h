#pragma once
// Names of routers, services and middlewares as Traefik qualifies them: "auth@docker". A reference without
// a provider means the referrer's own.

#include <string>
#include <string_view>

namespace gatehouse::traefik {

[[nodiscard]] inline std::string qualify(std::string_view name, std::string_view provider) {
    if (name.find('@') != std::string_view::npos) return std::string(name);
    std::string qualified(name);
    qualified += '@';
    qualified += provider;
    return qualified;
}

[[nodiscard]] inline std::string_view provider_of(std::string_view qualified_name) {
    const auto at = qualified_name.rfind('@');
    return at == std::string_view::npos ? std::string_view() : qualified_name.substr(at + 1);
}

}   // namespace gatehouse::traefik
