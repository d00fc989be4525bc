#pragma once
// OpenSSL's handles as owners, and its queue of errors as text. Included by the sources of this folder only.

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace gatehouse::tls {

template <auto free_function>
struct Free {
    template <class T>
    void operator()(T* handle) const {
        free_function(handle);
    }
};
using BioPtr = std::unique_ptr<BIO, Free<BIO_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Free<X509_free>>;
using RevokedPtr = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;

[[nodiscard]] inline BioPtr reading(const std::string& text) {
    return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// The reason of the earliest error in this thread's queue, which is emptied; static text.
[[nodiscard]] const char* take_reason(const char* otherwise);
// All of the queue, for a person: "no start line (Expecting: CERTIFICATE)".
[[nodiscard]] std::string take_errors();

}   // namespace gatehouse::tls
