#include "unit/faces_nginx/tls_files.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "support/certificates.h"

namespace gatehouse::nginx {
namespace {

constexpr char password[] = "open sesame";

std::string encrypted(const std::string& key_pem) {
    BIO* const in = BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size()));
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
    BIO* const out = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(out, key, EVP_aes_128_cbc(), reinterpret_cast<const unsigned char*>(password),
                             sizeof password - 1, nullptr, nullptr);
    char* text = nullptr;
    const auto bytes = BIO_ctrl(out, BIO_CTRL_INFO, 0, &text);
    std::string pem(text, static_cast<std::size_t>(bytes));
    EVP_PKEY_free(key);
    BIO_free(in);
    BIO_free(out);
    return pem;
}

MemoryFiles make_files() {
    test::Authority authority;
    const auto site = authority.issue({"example.com", "*.example.com"});
    const auto rsa = authority.issue({"example.com", "*.example.com"}, test::KeyKind::rsa);
    const auto other = authority.issue({"other.example"});
    MemoryFiles files;
    files.add("site.pem", site.certificate_pem);
    files.add("site.key", site.key_pem);
    files.add("rsa.pem", rsa.certificate_pem);
    files.add("rsa.key", rsa.key_pem);
    files.add("other.pem", other.certificate_pem);
    files.add("other.key", other.key_pem);
    files.add("encrypted.key", encrypted(site.key_pem));
    files.add("authority.pem", authority.pem());
    files.add("passwords", std::string("wrong\r\n\n") + password);
    files.add("ticket.key", std::string(80, 't'));
    files.add("short.key", std::string(32, 't'));
    files.add("empty.pem", "");
    files.add("garbage.pem", "not PEM\n");
    return files;
}

}   // namespace

const MemoryFiles& tls_files() {
    static const MemoryFiles files = make_files();
    return files;
}

}   // namespace gatehouse::nginx
