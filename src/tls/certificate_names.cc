#include "tls/certificate_names.h"

#include "base/text.h"
#include "tls/openssl.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace gatehouse::tls {
namespace {

using Names = std::vector<std::string>;

std::string text_of(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

void add(Names& names, const std::string& name) {
    if (!name.empty() && name.find('\0') == std::string::npos) names.push_back(lower(name));
}

void add_common_name(const X509* certificate, Names& names) {
    const X509_NAME* subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0) add(names, text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
}

void add_address(const ASN1_OCTET_STRING* address, Names& names) {
    const int bytes = ASN1_STRING_length(address);
    if (bytes != 4 && bytes != 16) return;
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = bytes == 4 ? AF_INET : AF_INET6;
    if (::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size()) != nullptr)
        names.emplace_back(text.data());
}

void add_alternatives(const X509* certificate, Names& names) {
    const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> all(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type == GEN_DNS) add(names, text_of(name->d.dNSName));
        if (name->type == GEN_IPADD) add_address(name->d.iPAddress, names);
    }
}

}   // namespace

tl::expected<Names, std::string> certificate_names(const std::string& pem) {
    const auto text = reading(pem);
    const CertificatePtr certificate(PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr) return tl::unexpected(take_errors());
    Names names;
    add_common_name(certificate.get(), names);
    add_alternatives(certificate.get(), names);
    std::ranges::sort(names);
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

}   // namespace gatehouse::tls
