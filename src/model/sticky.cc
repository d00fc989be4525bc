#include "model/sticky.h"

#include "base/text.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace gatehouse::model {

std::string sticky_value(const StickyCookie& cookie, std::string_view address) {
    return sticky_value_of_name(cookie.scheme + "://" + std::string(address));
}

std::string sticky_value_of_name(std::string_view name) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned bytes = 0;
    EVP_Digest(name.data(), name.size(), digest.data(), &bytes, EVP_sha256(), nullptr);
    constexpr std::size_t shown_bytes = 8;
    std::string value;
    for (std::size_t i = 0; i < shown_bytes; ++i) value += fmt::format("{:02x}", digest[i]);
    return value;
}

std::string usual_sticky_name(std::string_view service) {
    const auto text = "_TRAEFIK_BACKEND_" + std::string(service);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned bytes = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &bytes, EVP_sha1(), nullptr);
    return "_" + fmt::format("{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]).substr(0, 5);
}

std::string set_sticky_cookie(const StickyCookie& cookie, std::string_view value) {
    std::string text = fmt::format("{}={}", cookie.name, value);
    if (!cookie.path.empty()) text += "; Path=" + cookie.path;
    if (!cookie.domain.empty()) text += "; Domain=" + cookie.domain;
    if (cookie.max_age) text += fmt::format("; Max-Age={}", *cookie.max_age);
    if (cookie.http_only) text += "; HttpOnly";
    if (cookie.secure) text += "; Secure";
    if (equals_ignoring_case(cookie.same_site, "none")) text += "; SameSite=None";
    if (equals_ignoring_case(cookie.same_site, "lax")) text += "; SameSite=Lax";
    if (equals_ignoring_case(cookie.same_site, "strict")) text += "; SameSite=Strict";
    return text;
}

}   // namespace gatehouse::model
