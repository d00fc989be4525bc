#include "tls/session.h"

#include "tls/callbacks.h"
#include "tls/openssl.h"

#include <openssl/x509v3.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace gatehouse::tls {

void FreeSession::operator()(ssl_st* session) const { SSL_free(session); }
void FreeResumable::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }

Session::Session(ssl_ctx_st* context) : session_(SSL_new(context)), handshake_(new Handshake) {
    BIO* const wire = new_wire();
    SSL_set_bio(session_.get(), wire, wire);
    attend();
}

// A connection that was cut says nothing against its session: without this OpenSSL would not resume it.
Session::~Session() {
    if (is_established() && !failed_)
        SSL_set_shutdown(session_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

std::unique_ptr<Session> Session::accept(AcceptOptions options) {
    std::unique_ptr<Session> made(new Session(options.default_context->native()));
    made->record_bytes_ = static_cast<std::uint32_t>(options.default_context->settings().buffer_bytes);
    made->verification_id_ = options.default_context->verification_id();
    made->handshake_->looks_for_early_data = options.early_data;
    made->handshake_->accepting.emplace(std::move(options));
    SSL_set_accept_state(made->session_.get());
    return made;
}

namespace {

bool is_address(const std::string& name) {
    std::array<unsigned char, 16> bytes;
    return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

// RFC 7301 section 3.1
std::vector<unsigned char> protocol_list(std::span<const std::string_view> protocols) {
    std::vector<unsigned char> list;
    for (const auto protocol : protocols) {
        list.push_back(static_cast<unsigned char>(protocol.size()));
        list.insert(list.end(), protocol.begin(), protocol.end());
    }
    return list;
}

}   // namespace

std::unique_ptr<Session> Session::connect(const ClientContext& context, ConnectOptions options) {
    std::unique_ptr<Session> made(new Session(context.native()));
    auto* const session = made->session_.get();
    const bool has_address = is_address(options.name);
    if (options.sends_name && !has_address && !options.name.empty())
        // what SSL_set_tlsext_host_name stands for, without its C cast
        SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, options.name.data());
    if (context.settings().verify) {
        auto* const wanted = SSL_get0_param(session);
        X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int is_set =
            has_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, options.name.c_str())
                        : X509_VERIFY_PARAM_set1_host(wanted, options.name.data(), options.name.size());
        // without a name OpenSSL would take any: RFC 6761 section 6.4 has one that nobody can have
        constexpr std::string_view nobody = "no-name.invalid";
        if (is_set != 1 || options.name.empty())
            X509_VERIFY_PARAM_set1_host(wanted, nobody.data(), nobody.size());
    }
    if (const auto list = protocol_list(options.application_protocols); !list.empty())
        SSL_set_alpn_protos(session, list.data(), static_cast<unsigned>(list.size()));
    if (options.sessions != nullptr && context.settings().session_reuse) {
        made->client_side_ =
            std::make_unique<ClientSide>(ClientSide{options.sessions, std::move(options.session_key)});
        if (auto* const former = options.sessions->find(made->client_side_->key); former != nullptr)
            SSL_set_session(session, former);
    }
    SSL_set_connect_state(session);
    return made;
}

Failure Session::failure(const char* otherwise) {
    failed_ = true;
    if (client_side_ != nullptr) client_side_->sessions->forget(client_side_->key);   // perhaps to blame
    const long verdict = SSL_get_verify_result(session_.get());
    const bool verifies = SSL_is_server(session_.get()) == 0 && !is_established();
    if (verifies && verdict != X509_V_OK) {
        ERR_clear_error();
        return fail(ErrorCode::malformed, X509_verify_cert_error_string(verdict));
    }
    return fail(ErrorCode::malformed, take_reason(otherwise));
}

bool Session::is_early() const { return handshake_ != nullptr && handshake_->is_served; }

// As much as there is. RFC 8446 section 4.2.10: it ends when the client has our side of the handshake.
Result<> Session::take_early_data() {
    static thread_local std::array<char, 16 * 1024> space;
    auto& handshake = *handshake_;
    while (handshake.looks_for_early_data) {
        std::size_t bytes = 0;
        switch (SSL_read_early_data(session_.get(), space.data(), space.size(), &bytes)) {
            case SSL_READ_EARLY_DATA_SUCCESS: handshake.early_data.append(space.data(), bytes); break;
            case SSL_READ_EARLY_DATA_FINISH: handshake.looks_for_early_data = false; break;
            default: {
                const int error = SSL_get_error(session_.get(), 0);
                if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {};
                return failure("TLS handshake failed");
            }
        }
    }
    return {};
}

Result<bool> Session::handshake() {
    if (handshake_ == nullptr || handshake_->is_served) return true;
    attend();
    if (handshake_->looks_for_early_data) {
        const auto taken = take_early_data();
        if (!taken) return Failure(taken.error());
        handshake_->is_served = !handshake_->early_data.empty();
        if (handshake_->is_served) return true;
        if (handshake_->looks_for_early_data) return false;
    }
    return complete();
}

namespace {

// Both sides' keys of this exchange have done their work. OpenSSL would keep them as long as the session
// lives, some 400 bytes, and the private one might still be stolen. An empty key stays in their place.
void erase_exchanged_keys(SSL* session) {
    for (const int which : {SSL_CTRL_GET_TMP_KEY, SSL_CTRL_GET_PEER_TMP_KEY}) {
        EVP_PKEY* key = nullptr;
        if (SSL_ctrl(session, which, 0, static_cast<void*>(&key)) != 1) continue;
        EVP_PKEY_set_type(key, EVP_PKEY_get_id(key));
        EVP_PKEY_free(key);   // the reference that was given
    }
}

}   // namespace

// An established session needs its wire only while it is asked something: one of the thread's serves all,
// and 200 bytes of each are saved. During the handshake OpenSSL puts a buffer in front of it.
void Session::use_common_wire() {
    thread_local const BioPtr common(new_wire());
    BIO_up_ref(common.get());
    SSL_set_bio(session_.get(), common.get(), common.get());
    attend();
}

// What OpenSSL reads and writes from now on, and says, is this session's.
void Session::attend() {
    BIO_set_data(SSL_get_rbio(session_.get()), this);
    ERR_clear_error();
}

Result<bool> Session::complete() {
    const int result = SSL_do_handshake(session_.get());
    if (result == 1) {
        handshake_.reset();
        erase_exchanged_keys(session_.get());
        use_common_wire();
        // the copy of a stapled proof that was shown; what SSL_set_tlsext_status_ocsp_resp stands for
        SSL_ctrl(session_.get(), SSL_CTRL_SET_TLSEXT_STATUS_REQ_OCSP_RESP, 0, nullptr);
        return true;
    }
    const int error = SSL_get_error(session_.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return false;
    return failure("TLS handshake failed");
}

// True: what follows is read as ever.
Result<bool> Session::read_early(std::span<char> space, Read& done) {
    const auto taken = take_early_data();
    if (!taken) return Failure(taken.error());
    auto& data = handshake_->early_data;
    if (data.empty()) return handshake_->looks_for_early_data ? Result<bool>(false) : complete();
    done.bytes = std::min(space.size(), data.size());
    done.reading = Reading::data;
    std::memcpy(space.data(), data.data(), done.bytes);
    data.erase(0, done.bytes);
    return false;
}

Result<Session::Read> Session::read(std::span<char> space) {
    Read done;
    attend();
    if (handshake_ != nullptr) {
        const auto goes_on = read_early(space, done);
        if (!goes_on) return Failure(goes_on.error());
        if (!*goes_on) return done;
    }
    while (done.bytes < space.size()) {
        std::size_t bytes = 0;
        const auto left = space.subspan(done.bytes);
        const int result = SSL_read_ex(session_.get(), left.data(), left.size(), &bytes);
        if (result == 1) {
            done.bytes += bytes;
            done.reading = Reading::data;
            continue;
        }
        const int error = SSL_get_error(session_.get(), result);
        if (error == SSL_ERROR_WANT_READ) break;
        more_behind_ = done.bytes > 0;
        if (more_behind_) break;   // it shows again, and nothing may have to arrive for that
        if (error == SSL_ERROR_ZERO_RETURN) {
            done.reading = Reading::end;
            break;
        }
        return failure("TLS record refused");
    }
    return done;
}

bool Session::has_buffered() const {
    const bool has_early_data = handshake_ != nullptr && !handshake_->early_data.empty();
    return more_behind_ || has_early_data || !in_.empty() || SSL_pending(session_.get()) > 0;
}

bool Session::write_record(std::string_view record) {
    std::size_t written = 0;
    if (is_early()) return SSL_write_early_data(session_.get(), record.data(), record.size(), &written) == 1;
    return SSL_write_ex(session_.get(), record.data(), record.size(), &written) == 1;
}

Result<std::size_t> Session::write(std::span<const std::string_view> pieces, std::size_t enough) {
    static thread_local std::array<char, 16 * 1024> together;
    std::size_t taken = 0;
    std::size_t piece = 0;
    std::size_t offset = 0;   // into the piece
    attend();
    while (piece < pieces.size() && out_.size() < enough) {
        std::string_view record = pieces[piece].substr(offset, record_bytes_);
        if (record.size() < record_bytes_ && piece + 1 < pieces.size()) {
            std::size_t bytes = 0;
            for (; piece < pieces.size() && bytes < record_bytes_; offset = 0, ++piece) {
                const auto part = pieces[piece].substr(offset, record_bytes_ - bytes);
                std::memcpy(together.data() + bytes, part.data(), part.size());
                bytes += part.size();
                offset += part.size();
                if (offset < pieces[piece].size()) break;
            }
            record = {together.data(), bytes};
        } else {
            offset += record.size();
            if (offset == pieces[piece].size()) {
                ++piece;
                offset = 0;
            }
        }
        if (record.empty()) continue;
        if (!write_record(record)) return failure("TLS write failed");
        taken += record.size();
    }
    return taken;
}

void Session::end() {
    if (ended_ || failed_ || handshake_ != nullptr) return;
    ended_ = true;
    attend();
    SSL_shutdown(session_.get());
    ERR_clear_error();
}

std::string_view Session::application_protocol() const {
    const unsigned char* text = nullptr;
    unsigned bytes = 0;
    SSL_get0_alpn_selected(session_.get(), &text, &bytes);
    return {reinterpret_cast<const char*>(text), bytes};
}

Session::PeerCertificate Session::peer_certificate() const {
    PeerCertificate peer;
    if (SSL_get0_peer_certificate(session_.get()) == nullptr) return peer;
    peer.is_there = true;
    const long verdict = SSL_get_verify_result(session_.get());
    if (verdict == X509_V_OK) return peer;
    peer.problem = X509_verify_cert_error_string(verdict);
    peer.is_of_unknown_authority = verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
                                   verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
                                   verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
                                   verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
                                   verdict == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
    return peer;
}

bool Session::is_resumed() const { return SSL_session_reused(session_.get()) == 1; }

}   // namespace gatehouse::tls
