#include "tls/peer_details.h"

#include "base/base64.h"
#include "base/text.h"
#include "tls/openssl.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <array>
#include <ctime>
#include <vector>

namespace gatehouse::tls {
namespace {

using Texts = std::vector<std::string>;

std::vector<const X509*> certificates_of(const Session& session) {
    std::vector<const X509*> all;
    const X509* own = SSL_get0_peer_certificate(session.native());
    if (own == nullptr) return all;
    all.push_back(own);
    STACK_OF(X509)* const others =
        SSL_get_peer_cert_chain(session.native());   // a server's view: without its own
    for (int i = 0; others != nullptr && i < sk_X509_num(others); ++i)
        all.push_back(sk_X509_value(others, i));
    return all;
}

std::string utf8(const ASN1_STRING* text) {
    unsigned char* bytes = nullptr;
    const int count = ASN1_STRING_to_UTF8(&bytes, text);
    if (count < 0) return {};
    std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
    OPENSSL_free(bytes);
    return out;
}

std::string raw(const ASN1_STRING* text) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
}

Texts values_of(const X509_NAME* name, int kind) {
    Texts values;
    for (int at = X509_NAME_get_index_by_NID(name, kind, -1); at >= 0;
         at = X509_NAME_get_index_by_NID(name, kind, at))
        values.push_back(utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at))));
    return values;
}

// Of serial numbers and common names the last counts.
std::string describe(const X509_NAME* name, const NameParts& wanted) {
    struct Part {
        bool is_wanted;
        int kind;
        std::string_view prefix;
        bool only_last = false;
    };
    const std::array parts = {Part{wanted.domain_component, NID_domainComponent, "DC"},
                              Part{wanted.country, NID_countryName, "C"},
                              Part{wanted.province, NID_stateOrProvinceName, "ST"},
                              Part{wanted.locality, NID_localityName, "L"},
                              Part{wanted.organization, NID_organizationName, "O"},
                              Part{wanted.organizational_unit, NID_organizationalUnitName, "OU"},
                              Part{wanted.serial_number, NID_serialNumber, "SN", true},
                              Part{wanted.common_name, NID_commonName, "CN", true}};
    Texts texts;
    for (const Part& part : parts) {
        if (!part.is_wanted) continue;
        Texts values = values_of(name, part.kind);
        if (part.only_last && values.size() > 1) values = {values.back()};
        for (const auto& value : values) {
            if (!value.empty()) texts.push_back(fmt::format("{}={}", part.prefix, value));
        }
    }
    return fmt::format("{}", fmt::join(texts, ","));
}

std::string serial_number(const X509* certificate) {
    const std::unique_ptr<BIGNUM, Free<BN_free>> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    char* const digits = number == nullptr ? nullptr : BN_bn2dec(number.get());
    if (digits == nullptr) return {};
    std::string text(digits);
    OPENSSL_free(digits);
    return text;
}

std::int64_t unix_seconds(const ASN1_TIME* time) {
    std::tm parts{};
    return ASN1_TIME_to_tm(time, &parts) == 1 ? static_cast<std::int64_t>(::timegm(&parts)) : 0;
}

std::string address(const ASN1_OCTET_STRING* bytes) {
    const int count = ASN1_STRING_length(bytes);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (count == 4 || count == 16)
        ::inet_ntop(count == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(), text.size());
    return text.data();
}

// Names, then mail addresses, addresses, URIs.
Texts alternatives(const X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, Free<GENERAL_NAMES_free>> all(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    Texts texts;
    for (const int kind : {GEN_DNS, GEN_EMAIL, GEN_IPADD, GEN_URI}) {
        for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
            const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
            if (name->type != kind) continue;
            texts.push_back(kind == GEN_IPADD ? address(name->d.iPAddress) : raw(name->d.ia5));
        }
    }
    return texts;
}

std::string describe(const X509* certificate, const PeerDetails& wanted) {
    Texts fields;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) fields.push_back(fmt::format("{}=\"{}\"", name, value));
    };
    if (wanted.subject) add("Subject", describe(X509_get_subject_name(certificate), *wanted.subject));
    if (wanted.issuer) add("Issuer", describe(X509_get_issuer_name(certificate), *wanted.issuer));
    if (wanted.serial_number) add("SerialNumber", serial_number(certificate));
    if (wanted.not_before) add("NB", std::to_string(unix_seconds(X509_get0_notBefore(certificate))));
    if (wanted.not_after) add("NA", std::to_string(unix_seconds(X509_get0_notAfter(certificate))));
    if (wanted.alternatives) add("SAN", fmt::format("{}", fmt::join(alternatives(certificate), ",")));
    return fmt::format("{}", fmt::join(fields, ";"));
}

std::string escaped_for_query(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_alpha(c) || is_digit(c) || std::string_view("-_.~").find(c) != std::string_view::npos) {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

}   // namespace

std::optional<std::string> peer_certificates_base64(const Session& session) {
    Texts texts;
    for (const X509* certificate : certificates_of(session)) {
        std::string der(static_cast<std::size_t>(std::max(i2d_X509(certificate, nullptr), 0)), '\0');
        auto* end = reinterpret_cast<unsigned char*>(der.data());
        if (!der.empty()) i2d_X509(certificate, &end);
        texts.push_back(encode_base64(der));
    }
    return texts.empty() ? std::nullopt : std::optional(fmt::format("{}", fmt::join(texts, ",")));
}

std::optional<std::string> describe_peer(const Session& session, const PeerDetails& wanted) {
    Texts texts;
    for (const X509* certificate : certificates_of(session)) texts.push_back(describe(certificate, wanted));
    if (texts.empty()) return std::nullopt;
    return escaped_for_query(fmt::format("{}", fmt::join(texts, ",")));
}

}   // namespace gatehouse::tls
