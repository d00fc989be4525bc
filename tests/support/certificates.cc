#include "support/certificates.h"

#include <openssl/bio.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace gatehouse::test {
namespace {

constexpr long day_seconds = 24L * 60 * 60;

template <class Write>
std::string written(Write write) {
    BIO* const bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const auto bytes = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data);
    std::string text(data, static_cast<std::size_t>(bytes));
    BIO_free(bio);
    return text;
}

std::string pem_of(X509* certificate) {
    return written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

EVP_PKEY* make_key(KeyKind kind) {
    return kind == KeyKind::rsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                                : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

X509* make_certificate(const std::string& name, EVP_PKEY* key, int days) {
    X509* const certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    std::uint64_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    // always of the same length, so that certificates are
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 2U | 1ULL << 62U);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -400 * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate), days * day_seconds);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return certificate;
}

}   // namespace

Authority::Authority(const std::string& name, KeyKind kind)
    : key_(make_key(kind)), certificate_(make_certificate(name, key_, 300)) {
    X509_set_issuer_name(certificate_, X509_get_subject_name(certificate_));
    extend(certificate_, certificate_, NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_, certificate_, NID_subject_key_identifier, "hash");
    X509_sign(certificate_, key_, EVP_sha256());
    pem_ = pem_of(certificate_);
}

Authority::~Authority() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

Issued Authority::issue(const std::vector<std::string>& names, KeyKind kind, int days) {
    return issue(names, kind, days, {});
}

Issued Authority::issue_with(const std::vector<std::string>& names,
                             const std::vector<std::pair<int, std::string>>& extensions) {
    return issue(names, KeyKind::ecdsa, 30, extensions);
}

namespace {

template <class T>
T* parsed(T* (*parse)(T**, const unsigned char**, long), const std::string& der) {
    const auto* begin = reinterpret_cast<const unsigned char*>(der.data());
    return parse(nullptr, &begin, static_cast<long>(der.size()));
}

ASN1_TIME* time_of(std::int64_t unix_seconds) { return ASN1_TIME_adj(nullptr, unix_seconds, 0, 0); }

int status_of(OcspReply::Status status) {
    switch (status) {
        case OcspReply::Status::good: return V_OCSP_CERTSTATUS_GOOD;
        case OcspReply::Status::revoked: return V_OCSP_CERTSTATUS_REVOKED;
        case OcspReply::Status::unknown: break;
    }
    return V_OCSP_CERTSTATUS_UNKNOWN;
}

}   // namespace

std::string Authority::answer(const std::string& ocsp_request, const OcspReply& reply) const {
    OCSP_REQUEST* const request = parsed(d2i_OCSP_REQUEST, ocsp_request);
    OCSP_BASICRESP* const basic = OCSP_BASICRESP_new();
    ASN1_TIME* const made = time_of(reply.made);
    ASN1_TIME* const until = reply.good_until == 0 ? nullptr : time_of(reply.good_until);
    for (int i = 0; i < OCSP_request_onereq_count(request); ++i) {
        OCSP_CERTID* const id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, i));
        OCSP_basic_add1_status(basic, id, status_of(reply.status), 0, made, made, until);
    }
    if (reply.signer == nullptr) {
        OCSP_basic_sign(basic, certificate_, key_, EVP_sha256(), nullptr, 0);
    } else {
        const auto bio_of = [](const std::string& pem) {
            return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        };
        BIO* const certificate_text = bio_of(reply.signer->certificate_pem);
        BIO* const key_text = bio_of(reply.signer->key_pem);
        X509* const certificate = PEM_read_bio_X509(certificate_text, nullptr, nullptr, nullptr);
        EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
        OCSP_basic_sign(basic, certificate, key, EVP_sha256(), nullptr, 0);
        X509_free(certificate);
        EVP_PKEY_free(key);
        BIO_free(certificate_text);
        BIO_free(key_text);
    }
    OCSP_RESPONSE* const response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
    std::string der(static_cast<std::size_t>(i2d_OCSP_RESPONSE(response, nullptr)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(der.data());
    i2d_OCSP_RESPONSE(response, &end);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
    OCSP_REQUEST_free(request);
    ASN1_TIME_free(made);
    ASN1_TIME_free(until);
    return der;
}

Issued Authority::issue(const std::vector<std::string>& names, KeyKind kind, int days,
                        const std::vector<std::pair<int, std::string>>& extensions) {
    EVP_PKEY* const key = make_key(kind);
    X509* const certificate = make_certificate(names.front(), key, days);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate_));
    std::string alternatives;
    for (const auto& name : names) {
        if (!alternatives.empty()) alternatives += ',';
        alternatives += name.starts_with("IP:") ? name : "DNS:" + name;
    }
    extend(certificate, certificate_, NID_subject_alt_name, alternatives.c_str());
    for (const auto& [extension, value] : extensions)
        extend(certificate, certificate_, extension, value.c_str());
    X509_sign(certificate, key_, EVP_sha256());
    Issued issued;
    issued.certificate_pem = pem_of(certificate);
    issued.key_pem =
        written([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
    X509_free(certificate);
    EVP_PKEY_free(key);
    return issued;
}

}   // namespace gatehouse::test
