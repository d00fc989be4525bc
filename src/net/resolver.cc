#include "net/resolver.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace gatehouse::net {

ResolverOptions ResolverOptions::from_environment() {
    ResolverOptions options;
    if (const char* path = std::getenv("GATEHOUSE_HOSTS")) options.hosts_path = path;
    if (const char* path = std::getenv("GATEHOUSE_RESOLV_CONF")) options.resolv_conf_path = path;
    return options;
}

bool is_host_name(std::string_view name) {
    constexpr std::size_t longest_name =
        253;   // RFC 1035 section 2.3.4: 255 with the first length and the root
    constexpr std::size_t longest_label = 63;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > longest_name) return false;
    return std::ranges::all_of(split(name, '.'), [](std::string_view label) {
        const auto is_allowed = [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; };
        return !label.empty() && label.size() <= longest_label && std::ranges::all_of(label, is_allowed);
    });
}

bool is_localhost(std::string_view name) {
    constexpr std::string_view localhost = "localhost";
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() < localhost.size()) return false;
    const auto end = name.substr(name.size() - localhost.size());
    return equals_ignoring_case(end, localhost) &&
           (name.size() == end.size() || name[name.size() - end.size() - 1] == '.');
}

}   // namespace gatehouse::net
