#pragma once
// What the registries of TLS, and Go, call ciphers and curves → what OpenSSL calls them. Pure.

#include <cstdint>
#include <string_view>

namespace gatehouse::tls {

struct CipherName {
    std::string_view openssl;     // "": not known, or not there; static text
    bool is_of_tls_1_3 = false;   // those are never chosen among
};
// "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
[[nodiscard]] CipherName cipher_of_standard_name(std::string_view name);

// "CurveP256", "secp384r1", "X25519"; "": not known, or not there. Static text.
[[nodiscard]] std::string_view curve_of_standard_name(std::string_view name);

}   // namespace gatehouse::tls
