#pragma once
// Host names with a wildcard, as nginx knows them: "*.example.com" is kept as "example.com" and covers every
// name that ends with ".example.com"; "mail.*" is kept as "mail" and covers every name that starts with
// "mail.". The longest wins.

#include <string_view>

namespace gatehouse::model {

// A host name has at most 253 bytes (RFC 1035 2.3.4): longer wildcards cannot match, and not trying them
// keeps the cost of a hostile name of thousands of dots linear.
inline constexpr std::size_t longest_host_name_bytes = 255;

// `names`: a map that can be asked with a string_view. Null: none.
template <class Names>
[[nodiscard]] const typename Names::mapped_type* find_leading_wildcard(const Names& names,
                                                                       std::string_view host) {
    if (names.empty()) return nullptr;
    const std::size_t from =
        host.size() > longest_host_name_bytes ? host.size() - longest_host_name_bytes - 1 : 0;
    for (auto dot = host.find('.', from); dot != std::string_view::npos; dot = host.find('.', dot + 1)) {
        const auto found = names.find(host.substr(dot + 1));
        if (found != names.end()) return &found->second;
    }
    return nullptr;
}

template <class Names>
[[nodiscard]] const typename Names::mapped_type* find_trailing_wildcard(const Names& names,
                                                                        std::string_view host) {
    if (names.empty()) return nullptr;
    host = host.substr(0, longest_host_name_bytes + 1);
    for (auto dot = host.rfind('.'); dot != std::string_view::npos && dot > 0;
         dot = host.rfind('.', dot - 1)) {
        const auto found = names.find(host.substr(0, dot));
        if (found != names.end()) return &found->second;
    }
    return nullptr;
}

}   // namespace gatehouse::model
