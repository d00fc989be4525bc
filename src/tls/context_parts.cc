#include "tls/context_parts.h"

#include <openssl/decoder.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gatehouse::tls {
namespace {

tl::unexpected<ContextError> wrong(std::string_view setting, const std::string& path, std::string message) {
    return tl::unexpected(ContextError{setting, path, std::move(message)});
}

// The end of a PEM text is an error to OpenSSL, and none to us.
bool is_end_of_pem() {
    const unsigned long code = ERR_peek_last_error();
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

struct Passwords {
    const std::vector<std::string>& all;
    std::size_t next = 0;
};

int give_password(char* out, int bytes, int /*writing*/, void* passwords) {
    auto& given = *static_cast<Passwords*>(passwords);
    if (given.next >= given.all.size()) return 0;
    const std::string& password = given.all[given.next];
    const auto length = std::min(static_cast<std::size_t>(bytes), password.size());
    std::memcpy(out, password.data(), length);
    return static_cast<int>(length);
}

KeyPtr read_key(const std::string& pem, const std::vector<std::string>& passwords) {
    Passwords given{passwords};
    do {
        ERR_clear_error();
        const auto text = reading(pem);
        if (KeyPtr key(PEM_read_bio_PrivateKey(text.get(), nullptr, give_password, &given)); key) return key;
    } while (++given.next < passwords.size());
    return nullptr;
}

ContextStep use_certificate(SSL_CTX* context, const KeyPair& pair, std::string_view setting) {
    const auto text = reading(pair.certificate_pem);
    const CertificatePtr leaf(PEM_read_bio_X509_AUX(text.get(), nullptr, nullptr, nullptr));
    if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return wrong(setting, pair.certificate_path, take_errors());
    while (CertificatePtr next{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1)
            return wrong(setting, pair.certificate_path, take_errors());
    }
    if (!is_end_of_pem()) return wrong(setting, pair.certificate_path, take_errors());
    ERR_clear_error();
    return {};
}

ContextStep use_key(SSL_CTX* context, const KeyPair& pair, const std::vector<std::string>& passwords,
                    std::string_view setting) {
    const KeyPtr key = read_key(pair.key_pem, passwords);
    if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1 ||
        SSL_CTX_check_private_key(context) != 1)
        return wrong(setting, pair.key_path, take_errors());
    return {};
}

}   // namespace

std::uint64_t options_without(ProtocolSet protocols) {
    std::uint64_t options = 0;
    for (const auto& [protocol, option] :
         {std::pair{Protocol::tls_1_0, SSL_OP_NO_TLSv1}, std::pair{Protocol::tls_1_1, SSL_OP_NO_TLSv1_1},
          std::pair{Protocol::tls_1_2, SSL_OP_NO_TLSv1_2}, std::pair{Protocol::tls_1_3, SSL_OP_NO_TLSv1_3}}) {
        if (!protocols.contains(protocol)) options |= option;
    }
    return options;
}

std::uint64_t server_options(const ServerSettings& settings) {
    std::uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_SINGLE_ECDH_USE |
                            SSL_OP_IGNORE_UNEXPECTED_EOF | options_without(settings.protocols);
    if (settings.prefer_server_ciphers) options |= SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
    if (!settings.tickets) options |= SSL_OP_NO_TICKET;
    // OpenSSL would keep a session for each ticket, and take each once; EarlyDataRecord needs neither
    options |= SSL_OP_NO_ANTI_REPLAY;
    return options;
}

ContextStep use_key_pairs(SSL_CTX* context, const std::vector<KeyPair>& pairs,
                          const std::vector<std::string>& passwords, std::string_view certificate_setting,
                          std::string_view key_setting) {
    for (const auto& pair : pairs) {
        if (auto used = use_certificate(context, pair, certificate_setting); !used) return used;
        if (auto used = use_key(context, pair, passwords, key_setting); !used) return used;
    }
    return {};
}

ContextStep choose_ciphers(SSL_CTX* context, const std::string& ciphers, std::string_view setting) {
    if (ciphers.empty() || SSL_CTX_set_cipher_list(context, ciphers.c_str()) == 1) return {};
    return wrong(setting, "", take_errors());
}

ContextStep choose_curves(SSL_CTX* context, const std::string& curves) {
    if (curves == "auto" || SSL_CTX_set1_groups_list(context, curves.c_str()) == 1) return {};
    ERR_clear_error();
    return wrong("ssl_ecdh_curve", "", "unknown curve in \"" + curves + "\"");
}

ContextStep use_dh_parameters(SSL_CTX* context, const std::string& pem) {
    if (pem.empty()) return {};
    const auto text = reading(pem);
    EVP_PKEY* parameters = PEM_read_bio_Parameters(text.get(), nullptr);
    if (parameters != nullptr && SSL_CTX_set0_tmp_dh_pkey(context, parameters) == 1) return {};
    EVP_PKEY_free(parameters);
    return wrong("ssl_dhparam", "", take_errors());
}

ContextStep trust(SSL_CTX* context, const std::string& pem, std::string_view setting) {
    if (pem.empty()) return {};
    const auto text = reading(pem);
    bool any = false;
    while (CertificatePtr authority{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1)
            return wrong(setting, "", take_errors());
        any = true;
    }
    if (!any || !is_end_of_pem()) return wrong(setting, "", take_errors());
    ERR_clear_error();
    return {};
}

ContextStep revoke(SSL_CTX* context, const std::string& pem, std::string_view setting) {
    if (pem.empty()) return {};
    auto* const store = SSL_CTX_get_cert_store(context);
    const auto text = reading(pem);
    bool any = false;
    while (RevokedPtr revoked{PEM_read_bio_X509_CRL(text.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_crl(store, revoked.get()) != 1) return wrong(setting, "", take_errors());
        any = true;
    }
    if (!any || !is_end_of_pem()) return wrong(setting, "", take_errors());
    ERR_clear_error();
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
}

ContextStep name_authorities(SSL_CTX* context, const std::string& pem) {
    if (pem.empty()) return {};
    const auto text = reading(pem);
    while (CertificatePtr authority{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
        if (SSL_CTX_add_client_CA(context, authority.get()) != 1)
            return wrong("ssl_client_certificate", "", take_errors());
    }
    ERR_clear_error();
    return {};
}

std::uint64_t identity_of_verification(const ServerSettings& settings) {
    std::string all = std::to_string(static_cast<int>(settings.client_verification));
    if (settings.client_verification != ClientVerification::off) {
        all += ' ' + std::to_string(settings.verify_depth);
        for (const auto* part : {&settings.client_ca_pem, &settings.trusted_pem, &settings.revoked_pem})
            all += ' ' + std::to_string(part->size()) + ' ' + *part;
    }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data());
    std::uint64_t identity = 0;
    std::memcpy(&identity, digest.data(), sizeof identity);
    return identity;
}

ContextStep run_commands(SSL_CTX* context, const std::vector<std::pair<std::string, std::string>>& commands,
                         std::string_view setting) {
    if (commands.empty()) return {};
    const std::unique_ptr<SSL_CONF_CTX, Free<SSL_CONF_CTX_free>> interpreter(SSL_CONF_CTX_new());
    SSL_CONF_CTX_set_flags(interpreter.get(), SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER |
                                                  SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_CERTIFICATE |
                                                  SSL_CONF_FLAG_SHOW_ERRORS);
    SSL_CONF_CTX_set_ssl_ctx(interpreter.get(), context);
    for (const auto& [name, value] : commands) {
        if (SSL_CONF_cmd(interpreter.get(), name.c_str(), value.c_str()) <= 0)
            return wrong(setting, "", name + " " + value + ": " + take_errors());
    }
    if (SSL_CONF_CTX_finish(interpreter.get()) != 1) return wrong(setting, "", take_errors());
    return {};
}

}   // namespace gatehouse::tls
