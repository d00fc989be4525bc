#pragma once
// Certificates for tests, made when they are asked for: an authority, and what it signs.

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

enum class KeyKind { ecdsa, rsa };

struct Issued {
    std::string certificate_pem, key_pem;
};

// What a responder says of certificates (OCSP); times in unix seconds.
struct OcspReply {
    enum class Status : std::uint8_t { good, revoked, unknown };
    Status status = Status::good;
    std::int64_t made = 0, good_until = 0;   // good_until 0: it does not say
    const Issued* signer = nullptr;          // null: the authority itself
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
    // The same, of a certificate with these further extensions: OpenSSL's names and values.
    [[nodiscard]] Issued issue_with(const std::vector<std::string>& names,
                                    const std::vector<std::pair<int, std::string>>& extensions);
    [[nodiscard]] std::string answer(const std::string& ocsp_request, const OcspReply& reply) const;   // DER

private:
    [[nodiscard]] Issued issue(const std::vector<std::string>& names, KeyKind kind, int days,
                               const std::vector<std::pair<int, std::string>>& extensions);
    EVP_PKEY* key_;
    X509* certificate_;
    std::string pem_;
};

}   // namespace gatehouse::test
