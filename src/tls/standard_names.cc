#include "tls/standard_names.h"

#include "tls/openssl.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace gatehouse::tls {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Go leaves out what the registry puts at the end.
std::string standard_name(std::string_view name) {
    std::string text(name);
    if (text.ends_with("_CHACHA20_POLY1305")) text += "_SHA256";
    return text;
}

}   // namespace

CipherName cipher_of_standard_name(std::string_view name) {
    constexpr std::array<std::string_view, 3> of_tls_1_3 = {
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
    const auto* const known = std::ranges::find(of_tls_1_3, name);
    if (known != of_tls_1_3.end()) return {.openssl = *known, .is_of_tls_1_3 = true};
    const std::string_view found = OPENSSL_cipher_name(standard_name(name).c_str());
    return {.openssl = found == "(NONE)" ? std::string_view() : found, .is_of_tls_1_3 = false};
}

std::string_view curve_of_standard_name(std::string_view name) {
    constexpr std::array<Pair, 9> curves = {{{"CurveP256", "P-256"},
                                             {"CurveP384", "P-384"},
                                             {"CurveP521", "P-521"},
                                             {"X25519", "X25519"},
                                             {"x25519", "X25519"},
                                             {"secp256r1", "P-256"},
                                             {"secp384r1", "P-384"},
                                             {"secp521r1", "P-521"},
                                             {"X448", "X448"}}};
    const auto* const found = std::ranges::find(curves, name, &Pair::first);
    return found == curves.end() ? std::string_view() : found->second;
}

}   // namespace gatehouse::tls
