#include "tls/session_facts.h"

#include "tls/openssl.h"

#include <fmt/format.h>
#include <openssl/objects.h>
#include <openssl/pem.h>

#include <array>
#include <cctype>
#include <memory>
#include <vector>

namespace gatehouse::tls {
namespace {

Fact text(const char* of_openssl) {
    return of_openssl == nullptr || *of_openssl == '\0' ? Fact() : Fact(of_openssl);
}
Fact kept(std::string_view text, Arena& arena) { return text.empty() ? Fact() : Fact(arena.copy(text)); }

std::string hex(const unsigned char* bytes, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) fmt::format_to(std::back_inserter(out), "{:02x}", bytes[i]);
    return out;
}

void append(std::string& list, std::string_view item) {
    if (!list.empty()) list += ':';
    list += item;
}

// What `write` writes.
template <class Write>
Fact printed(Arena& arena, Write write) {
    const BioPtr out(BIO_new(BIO_s_mem()));
    write(out.get());
    char* data = nullptr;
    const long bytes = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);   // BIO_get_mem_data without its C cast
    return bytes <= 0 ? Fact() : kept({data, static_cast<std::size_t>(bytes)}, arena);
}

const X509* peer_certificate(const Session& session) { return SSL_get0_peer_certificate(session.native()); }

std::string name_of_group(SSL* session, int group) {
    if ((group & TLSEXT_nid_unknown) == 0) {
        const char* name = OBJ_nid2sn(group);
        return name == nullptr ? "" : name;
    }
    const char* name = SSL_group_to_name(session, group);
    return name == nullptr ? fmt::format("0x{:04x}", group & 0xffff) : name;
}

Fact name_in_slashes(const X509_NAME* name, Arena& arena) {
    char* line = X509_NAME_oneline(name, nullptr, 0);
    if (line == nullptr) return {};
    const Fact fact = kept(line, arena);
    OPENSSL_free(line);
    return fact;
}

Fact name_as_rfc2253(const X509_NAME* name, Arena& arena) {
    return printed(arena, [&](BIO* out) { X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253); });
}

}   // namespace

Fact protocol_name(const Session& session) { return text(SSL_get_version(session.native())); }

Fact cipher_name(const Session& session) {
    return text(SSL_CIPHER_get_name(SSL_get_current_cipher(session.native())));
}

Fact offered_ciphers(const Session& session, Arena& arena) {
    SSL* const native = session.native();
    unsigned char* codes = nullptr;
    const long bytes = SSL_ctrl(native, SSL_CTRL_GET_RAW_CIPHERLIST, 0, &codes);
    constexpr long code_bytes = 2;
    std::string names;
    for (long at = 0; codes != nullptr && at + code_bytes <= bytes; at += code_bytes) {
        const SSL_CIPHER* cipher = SSL_CIPHER_find(native, codes + at);
        append(names, cipher == nullptr ? "0x" + hex(codes + at, code_bytes) : SSL_CIPHER_get_name(cipher));
    }
    return kept(names, arena);
}

Fact curve(const Session& session, Arena& arena) {
    const long group = SSL_ctrl(session.native(), SSL_CTRL_GET_NEGOTIATED_GROUP, 0, nullptr);
    if (group <= 0) return {};
    return kept(name_of_group(session.native(), static_cast<int>(group)), arena);
}

Fact offered_curves(const Session& session, Arena& arena) {
    SSL* const native = session.native();
    const long count = SSL_ctrl(native, SSL_CTRL_GET_GROUPS, 0, nullptr);
    if (count <= 0) return {};
    std::vector<int> groups(static_cast<std::size_t>(count));
    SSL_ctrl(native, SSL_CTRL_GET_GROUPS, 0, groups.data());
    std::string names;
    for (const int group : groups) append(names, name_of_group(native, group));
    return kept(names, arena);
}

Fact offered_signatures(const Session& session, Arena& arena) {
    SSL* const native = session.native();
    const int count = SSL_get_sigalgs(native, -1, nullptr, nullptr, nullptr, nullptr, nullptr);
    std::string codes;
    for (int i = 0; i < count; ++i) {
        unsigned char signature = 0;
        unsigned char hash = 0;
        SSL_get_sigalgs(native, i, nullptr, nullptr, nullptr, &signature, &hash);
        append(codes, fmt::format("0x{:02x}{:02x}", hash, signature));
    }
    return kept(codes, arena);
}

Fact session_id(const Session& session, Arena& arena) {
    const SSL_SESSION* const resumable = SSL_get_session(session.native());
    if (resumable == nullptr) return {};
    unsigned bytes = 0;
    const unsigned char* id = SSL_SESSION_get_id(resumable, &bytes);
    return kept(hex(id, bytes), arena);
}

Fact reuse(const Session& session) { return session.is_resumed() ? "r" : "."; }

Fact early_data(const Session& session) { return session.is_early() ? Fact("1") : Fact(); }

Fact certificate_verdict(const Session& session, Arena& arena) {
    if (peer_certificate(session) == nullptr) return "NONE";
    const long verdict = SSL_get_verify_result(session.native());
    if (verdict == X509_V_OK) return "SUCCESS";
    return arena.concat({"FAILED:", X509_verify_cert_error_string(verdict)});
}

Fact certificate_pem(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    if (certificate == nullptr) return {};
    return printed(arena, [&](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

Fact certificate_for_field(const Session& session, Arena& arena) {
    const Fact pem = certificate_pem(session, arena);
    if (!pem) return {};
    std::string folded;
    for (const char c : pem->substr(0, pem->size() - 1)) {   // the last line end is left out
        folded += c;
        if (c == '\n') folded += '\t';
    }
    return kept(folded, arena);
}

Fact certificate_escaped(const Session& session, Arena& arena) {
    const Fact pem = certificate_pem(session, arena);
    if (!pem) return {};
    std::string escaped;
    for (const char c : *pem) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || std::string_view("-._~").find(c) != std::string_view::npos) {
            escaped += c;
        } else {
            fmt::format_to(std::back_inserter(escaped), "%{:02X}", byte);
        }
    }
    return kept(escaped, arena);
}

Fact subject(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    return certificate == nullptr ? Fact() : name_as_rfc2253(X509_get_subject_name(certificate), arena);
}

Fact issuer(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    return certificate == nullptr ? Fact() : name_as_rfc2253(X509_get_issuer_name(certificate), arena);
}

Fact subject_in_slashes(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    return certificate == nullptr ? Fact() : name_in_slashes(X509_get_subject_name(certificate), arena);
}

Fact issuer_in_slashes(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    return certificate == nullptr ? Fact() : name_in_slashes(X509_get_issuer_name(certificate), arena);
}

Fact serial_number(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    if (certificate == nullptr) return {};
    return printed(arena, [&](BIO* out) { i2a_ASN1_INTEGER(out, X509_get0_serialNumber(certificate)); });
}

Fact fingerprint(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned bytes = 0;
    if (certificate == nullptr || X509_digest(certificate, EVP_sha1(), digest.data(), &bytes) != 1) return {};
    return kept(hex(digest.data(), bytes), arena);
}

Fact valid_from(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    if (certificate == nullptr) return {};
    return printed(arena, [&](BIO* out) { ASN1_TIME_print(out, X509_get0_notBefore(certificate)); });
}

Fact valid_until(const Session& session, Arena& arena) {
    const X509* const certificate = peer_certificate(session);
    if (certificate == nullptr) return {};
    return printed(arena, [&](BIO* out) { ASN1_TIME_print(out, X509_get0_notAfter(certificate)); });
}

Fact days_left(const Session& session, Arena& arena, std::int64_t unix_seconds) {
    const X509* const certificate = peer_certificate(session);
    if (certificate == nullptr) return {};
    const std::unique_ptr<ASN1_TIME, Free<ASN1_TIME_free>> now(ASN1_TIME_set(nullptr, unix_seconds));
    int days = 0;
    int seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, now.get(), X509_get0_notAfter(certificate)) != 1) return {};
    return arena.copy(std::to_string(std::max(days, 0)));
}

}   // namespace gatehouse::tls
