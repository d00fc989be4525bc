#pragma once
// Certificates for tests, made when they are asked for: an authority, and what it signs.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace gatehouse::test {

enum class KeyKind { ecdsa, rsa };

struct Issued {
    std::string certificate_pem, key_pem;
};

class Authority {
public:
    explicit Authority(const std::string& name = "Test authority", KeyKind kind = KeyKind::ecdsa);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    [[nodiscard]] const std::string& pem() const { return pem_; }
    // For these DNS names ("localhost", "*.example.com") and addresses ("IP:127.0.0.1"). Days from now; less
    // than none: expired.
    [[nodiscard]] Issued issue(const std::vector<std::string>& names, KeyKind kind = KeyKind::ecdsa,
                               int days = 30);

private:
    EVP_PKEY* key_;
    X509* certificate_;
    std::string pem_;
};

}   // namespace gatehouse::test
