#include "tls/self_signed.h"

#include "tls/openssl.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <array>
#include <ctime>

namespace gatehouse::tls {
namespace {

constexpr std::int64_t day_seconds = 24 * 60 * 60;

bool is_address(const std::string& name) {
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

// As OpenSSL's configuration writes them.
std::string alternatives(std::span<const std::string> names) {
    std::string text;
    for (const auto& name : names) {
        if (!text.empty()) text += ',';
        text += (is_address(name) ? "IP:" : "DNS:") + name;
    }
    return text;
}

void extend(X509* certificate, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    if (extension != nullptr) X509_add_ext(certificate, extension.get(), -1);
}

void set_serial(X509* certificate) {
    std::uint64_t serial = 0;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1)
        ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U | 1U);
}

template <class Write>
std::string written(Write write) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    write(bio.get());
    char* data = nullptr;
    const auto bytes = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(bytes)};
}

// Written into the certificate, so that another list is known for another.
std::string comment_for(std::span<const std::string> names) { return "Gatehouse: " + alternatives(names); }

}   // namespace

std::string make_self_signed(std::span<const std::string> names, std::int64_t unix_seconds, int days) {
    const KeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const CertificatePtr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    set_serial(certificate.get());
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), unix_seconds - day_seconds);
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), unix_seconds + days * day_seconds);
    X509_set_pubkey(certificate.get(), key.get());
    auto* const subject = X509_get_subject_name(certificate.get());
    const auto common = names.front().substr(0, ub_common_name);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    extend(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate.get(), NID_key_usage, "critical,digitalSignature");
    extend(certificate.get(), NID_ext_key_usage, "serverAuth");
    extend(certificate.get(), NID_subject_alt_name, alternatives(names));
    extend(certificate.get(), NID_netscape_comment, comment_for(names));
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    return written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }) + written([&](BIO* bio) {
               PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
           });
}

bool is_self_signed_for(const std::string& pem, std::span<const std::string> names,
                        std::int64_t unix_seconds) {
    const auto text = reading(pem);
    const CertificatePtr certificate(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    const KeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (certificate == nullptr || key == nullptr) return false;
    if (X509_check_private_key(certificate.get(), key.get()) != 1) return false;
    std::time_t now = unix_seconds;
    if (X509_cmp_time(X509_get0_notAfter(certificate.get()), &now) <= 0 ||
        X509_cmp_time(X509_get0_notBefore(certificate.get()), &now) > 0)
        return false;
    const std::unique_ptr<ASN1_IA5STRING, Free<ASN1_IA5STRING_free>> comment(static_cast<ASN1_IA5STRING*>(
        X509_get_ext_d2i(certificate.get(), NID_netscape_comment, nullptr, nullptr)));
    if (comment == nullptr) return false;
    return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(comment.get())),
                       static_cast<std::size_t>(ASN1_STRING_length(comment.get()))) == comment_for(names);
}

}   // namespace gatehouse::tls
