#include "tls/callbacks.h"

#include "base/text.h"
#include "tls/early_data.h"
#include "tls/session_cache.h"
#include "tls/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gatehouse::tls {
namespace {

int write_wire(BIO* bio, const char* data, std::size_t bytes, std::size_t* written) {
    static_cast<Session*>(BIO_get_data(bio))->out().append({data, bytes});
    *written = bytes;
    BIO_clear_retry_flags(bio);
    return 1;
}

int read_wire(BIO* bio, char* data, std::size_t bytes, std::size_t* read) {
    auto& in = static_cast<Session*>(BIO_get_data(bio))->in();
    BIO_clear_retry_flags(bio);
    *read = std::min(bytes, in.size());
    if (*read == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(data, in.data(), *read);
    in.consume(*read);
    return 1;
}

long control_wire(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_wire_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse buffers");
    BIO_meth_set_write_ex(method, write_wire);
    BIO_meth_set_read_ex(method, read_wire);
    BIO_meth_set_ctrl(method, control_wire);
    return method;
}

}   // namespace

BIO* new_wire() {
    static BIO_METHOD* const method = make_wire_method();   // never freed: sessions may end with the program
    BIO* const bio = BIO_new(method);
    BIO_set_init(bio, 1);
    return bio;
}

struct Callbacks {
    // The wire knows it: OpenSSL's "application data" would be two more allocations for each connection.
    static Session& session_of(const SSL* ssl) {
        return *static_cast<Session*>(BIO_get_data(SSL_get_rbio(ssl)));
    }
    static AcceptOptions& accepting(const SSL* ssl) { return *session_of(ssl).handshake_->accepting; }
    static const ServerContext* context_in_force(const SSL* ssl) {
        const auto& handshake = *session_of(ssl).handshake_;
        return handshake.chosen != nullptr ? handshake.chosen.get()
                                           : handshake.accepting->default_context.get();
    }
    static void use(SSL* ssl, std::shared_ptr<const ServerContext> context);
    static int client_hello(SSL* ssl, int* alert, void* nothing);
    static int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_bytes,
                               const unsigned char* offered, unsigned bytes, void* nothing);
    static int ticket(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int encrypts);
    static int staple(SSL* ssl, void* nothing);
    static int allow_early_data(SSL* ssl, void* nothing);
    static int keep(SSL* ssl, SSL_SESSION* session);
    static SSL_SESSION* recall(SSL* ssl, const unsigned char* id, int bytes, int* copy);
    static int keep_as_client(SSL* ssl, SSL_SESSION* session);
};

namespace {

// RFC 6066 section 3: a list of names, of which there is one, of type host_name.
std::string_view asked_name(SSL* ssl) {
    const unsigned char* data = nullptr;
    std::size_t bytes = 0;
    constexpr std::size_t head_bytes = 5;   // length of the list, type, length of the name
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &bytes) != 1 || bytes <= head_bytes)
        return {};
    const std::size_t length = static_cast<std::size_t>(data[3]) << 8U | data[4];
    if (data[2] != TLSEXT_NAMETYPE_host_name || length > bytes - head_bytes) return {};
    return {reinterpret_cast<const char*>(data) + head_bytes, length};
}

// Whether the certificate is good is for who serves the request: an error page says more than an alert.
int take_any_certificate(int /*is_good*/, X509_STORE_CTX* /*store*/) { return 1; }

int verify_mode(const ServerContext& context) {
    return context.settings().client_verification == ClientVerification::off ? SSL_VERIFY_NONE
                                                                             : SSL_VERIFY_PEER;
}

// A session may be resumed only where the same would have been asked of the client.
std::array<unsigned char, SHA256_DIGEST_LENGTH> identity_of(const ServerContext& context) {
    const auto& settings = context.settings();
    std::string all;
    for (const auto& pair : settings.certificates) all += pair.certificate_pem;
    all += std::to_string(context.verification_id());
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(all.data()), all.size(), digest.data());
    return digest;
}

std::string serialized(SSL_SESSION* session) {
    std::string text(static_cast<std::size_t>(std::max(i2d_SSL_SESSION(session, nullptr), 0)), '\0');
    auto* end = reinterpret_cast<unsigned char*>(text.data());
    if (!text.empty()) i2d_SSL_SESSION(session, &end);
    return text;
}

}   // namespace

// SSL_set_SSL_CTX changes certificates and roots only.
void Callbacks::use(SSL* ssl, std::shared_ptr<const ServerContext> context) {
    auto* const native = context->native();
    SSL_set_SSL_CTX(ssl, native);
    SSL_set_verify(ssl, verify_mode(*context), take_any_certificate);
    SSL_set_verify_depth(ssl, SSL_CTX_get_verify_depth(native));
    SSL_clear_options(ssl, SSL_get_options(ssl) & ~SSL_CTX_get_options(native));
    SSL_set_options(ssl, SSL_CTX_get_options(native));
    SSL_set_max_early_data(ssl, SSL_CTX_get_max_early_data(native));
    if (const auto& curves = context->settings().curves; curves != "auto")
        SSL_set1_groups_list(ssl, curves.c_str());
    if (context->settings().ciphers_by_name) SSL_set_cipher_list(ssl, context->settings().ciphers.c_str());
    auto& session = session_of(ssl);
    session.record_bytes_ = static_cast<std::uint32_t>(context->settings().buffer_bytes);
    session.verification_id_ = context->verification_id();
    session.handshake_->chosen = std::move(context);
}

int Callbacks::client_hello(SSL* ssl, int* alert, void* /*nothing*/) {
    auto& options = accepting(ssl);
    auto& name = session_of(ssl).server_name_;
    name = asked_name(ssl);
    std::string to_match = lower(name);
    if (to_match.ends_with('.')) to_match.pop_back();
    auto context = options.chooser.choose(to_match);
    if (context == nullptr || !context->can_shake_hands()) {
        *alert = SSL_AD_UNRECOGNIZED_NAME;
        return SSL_CLIENT_HELLO_ERROR;
    }
    // a second hello, after a request to retry, may ask for another name than the first
    if (context.get() != context_in_force(ssl)) use(ssl, std::move(context));
    return SSL_CLIENT_HELLO_SUCCESS;
}

int Callbacks::choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_bytes,
                               const unsigned char* offered, unsigned bytes, void* /*nothing*/) {
    for (const auto ours : accepting(ssl).chooser.application_protocols()) {
        for (unsigned at = 0; at + 1 < bytes; at += 1U + offered[at]) {
            const unsigned length = std::min<unsigned>(offered[at], bytes - at - 1);
            if (std::string_view(reinterpret_cast<const char*>(offered + at + 1), length) != ours) continue;
            *out = offered + at + 1;
            *out_bytes = static_cast<unsigned char>(length);
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return accepting(ssl).chooser.refuses_other_protocols() ? SSL_TLSEXT_ERR_ALERT_FATAL
                                                            : SSL_TLSEXT_ERR_NOACK;
}

// As SSL_CTX_set_tlsext_ticket_key_evp_cb(3) wants it: 0: no such key, 1: good, 2: good but to be renewed.
int Callbacks::ticket(SSL* ssl, unsigned char* name, unsigned char* vector, EVP_CIPHER_CTX* cipher,
                      EVP_MAC_CTX* mac, int encrypts) {
    auto& options = accepting(ssl);
    auto& keys = options.default_context->ticket_keys();
    TicketKeys::Found found;
    if (encrypts == 1) {
        found = {keys.to_encrypt(options.unix_seconds), true};
        std::memcpy(name, found.key.name.data(), TicketKey::name_bytes);
        const auto vector_bytes = EVP_CIPHER_get_iv_length(EVP_aes_256_cbc());
        if (RAND_bytes(vector, vector_bytes) != 1) return -1;
    } else {
        const auto known = keys.to_decrypt(name, options.unix_seconds);
        if (!known) return 0;
        found = *known;
    }
    auto& key = found.key;
    const auto* const kind = key.cipher_key_bytes == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
    std::array<OSSL_PARAM, 3> parameters = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key.mac_key.data(), key.mac_key_bytes),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, const_cast<char*>("SHA256"), 0),
        OSSL_PARAM_construct_end()};
    if (EVP_CipherInit_ex(cipher, kind, nullptr, key.cipher_key.data(), vector, encrypts) != 1 ||
        EVP_MAC_CTX_set_params(mac, parameters.data()) != 1)
        return -1;
    if (encrypts == 1) return 1;
    const bool for_one_use = SSL_version(ssl) == TLS1_3_VERSION;   // RFC 8446 appendix C.4
    return found.is_newest && !for_one_use ? 1 : 2;
}

int Callbacks::staple(SSL* ssl, void* /*nothing*/) {
    const ServerContext& context = *context_in_force(ssl);
    std::shared_ptr<const std::string> fetched;
    for (const auto& question : context.questions()) {
        if (question->is_about(SSL_get_certificate(ssl)))
            fetched = question->staple()->response(accepting(ssl).unix_seconds);
    }
    const auto& response = fetched == nullptr ? context.settings().stapled_response : *fetched;
    if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
    auto* const copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
    if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));   // takes the copy
    return SSL_TLSEXT_ERR_OK;
}

// OpenSSL has found it to be as new as it says, for the same name and protocol as before.
int Callbacks::allow_early_data(SSL* ssl, void* /*nothing*/) {
    std::array<unsigned char, SSL3_RANDOM_SIZE> random{};
    const auto bytes = SSL_get_client_random(ssl, random.data(), random.size());
    const std::string_view hello(reinterpret_cast<const char*>(random.data()), bytes);
    return EarlyDataRecord::shared().is_first(hello, accepting(ssl).unix_seconds) ? 1 : 0;
}

int Callbacks::keep(SSL* ssl, SSL_SESSION* session) {
    if (session_of(ssl).handshake_ == nullptr) return 0;
    auto* const cache = accepting(ssl).default_context->session_cache();
    if (cache == nullptr) return 0;
    unsigned bytes = 0;
    const auto* const id = SSL_SESSION_get_id(session, &bytes);
    cache->add(std::string(reinterpret_cast<const char*>(id), bytes), serialized(session),
               accepting(ssl).unix_seconds + SSL_SESSION_get_timeout(session));
    return 0;   // the session stays OpenSSL's
}

SSL_SESSION* Callbacks::recall(SSL* ssl, const unsigned char* id, int bytes, int* copy) {
    *copy = 0;
    auto* const cache = accepting(ssl).default_context->session_cache();
    if (cache == nullptr) return nullptr;
    const auto text =
        cache->find(std::string(reinterpret_cast<const char*>(id), static_cast<std::size_t>(bytes)),
                    accepting(ssl).unix_seconds);
    const auto* begin = reinterpret_cast<const unsigned char*>(text.data());
    return text.empty() ? nullptr : d2i_SSL_SESSION(nullptr, &begin, static_cast<long>(text.size()));
}

int Callbacks::keep_as_client(SSL* ssl, SSL_SESSION* session) {
    auto& own = session_of(ssl);
    if (own.client_side_ == nullptr) return 0;
    own.client_side_->sessions->put(own.client_side_->key, Resumable(session));
    return 1;   // the reference is ours now
}

void Session::prepare(const ServerContext& context) {
    auto* const native = context.native();
    const auto& settings = context.settings();
    const auto identity = identity_of(context);
    SSL_CTX_set_session_id_context(native, identity.data(), identity.size());
    SSL_CTX_set_client_hello_cb(native, Callbacks::client_hello, nullptr);
    SSL_CTX_set_alpn_select_cb(native, Callbacks::choose_protocol, nullptr);
    SSL_CTX_set_tlsext_ticket_key_evp_cb(native, Callbacks::ticket);
    // what SSL_CTX_set_tlsext_status_cb stands for, without its C cast
    SSL_CTX_callback_ctrl(native, SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB,
                          reinterpret_cast<void (*)()>(Callbacks::staple));
    SSL_CTX_set_allow_early_data_cb(native, Callbacks::allow_early_data, nullptr);
    SSL_CTX_set_verify(native, verify_mode(context), take_any_certificate);
    SSL_CTX_set_verify_depth(native, settings.verify_depth);
    switch (settings.session_cache.kind) {
        case SessionCacheSettings::Kind::off:
            SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
            break;
        case SessionCacheSettings::Kind::none:
            SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
            break;
        case SessionCacheSettings::Kind::shared:
            SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL);
            SSL_CTX_sess_set_new_cb(native, Callbacks::keep);
            SSL_CTX_sess_set_get_cb(native, Callbacks::recall);
            break;
    }
}

void Session::prepare(const ClientContext& context) {
    auto* const native = context.native();
    if (!context.settings().session_reuse) return;
    SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(native, Callbacks::keep_as_client);
}

}   // namespace gatehouse::tls
