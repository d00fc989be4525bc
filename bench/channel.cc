#include "channel.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace gatehouse::bench {

namespace {

constexpr std::size_t read_ahead_bytes = 80U
                                         << 10U;   // a body of 64 KiB in few reads; of the heap, not mapped

void require(bool worked, const char* operation) {
    if (worked) return;
    std::fprintf(stderr, "%s: ", operation);
    ERR_print_errors_fp(stderr);
    std::exit(1);
}

}   // namespace

TlsContext make_client_context(std::string_view protocol) {
    TlsContext context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* raw = context.get();
    require(raw != nullptr, "SSL_CTX_new");
    require(SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) == 1, "SSL_CTX_set_min_proto_version");
    require(SSL_CTX_set_ciphersuites(raw, "TLS_AES_128_GCM_SHA256") == 1, "SSL_CTX_set_ciphersuites");
    require(SSL_CTX_set1_groups_list(raw, "X25519") == 1, "SSL_CTX_set1_groups_list");
    std::string wanted(1, static_cast<char>(protocol.size()));
    wanted += protocol;
    // This one function answers 0 when it worked.
    require(SSL_CTX_set_alpn_protos(raw, reinterpret_cast<const unsigned char*>(wanted.data()),
                                    static_cast<unsigned>(wanted.size())) == 0,
            "SSL_CTX_set_alpn_protos");
    SSL_CTX_set_verify(raw, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(raw, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(raw, 1);
    SSL_CTX_set_default_read_buffer_len(raw, read_ahead_bytes);
    return context;
}

void Channel::open(int fd, SSL_CTX* context) {
    fd_ = fd;
    if (context == nullptr) return;
    tls_.reset(SSL_new(context));
    require(tls_ != nullptr && SSL_set_fd(tls_.get(), fd) == 1, "SSL_new");
    // what SSL_set_tlsext_host_name stands for, without its C cast
    std::array<char, 10> name{"localhost"};
    require(SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1,
            "SSL_ctrl");
    SSL_set_connect_state(tls_.get());
}

void Channel::close() {
    tls_.reset();
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Channel::Handshake Channel::shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(tls_.get());
    if (result == 1) return Handshake::done;
    const int error = SSL_get_error(tls_.get(), result);
    const bool pending = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return pending ? Handshake::pending : Handshake::failed;
}

ssize_t Channel::receive(std::span<char> room) {
    if (!tls_) return recv(fd_, room.data(), room.size(), 0);
    ERR_clear_error();
    const int count = SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()));
    if (count > 0) return count;
    switch (SSL_get_error(tls_.get(), count)) {
        case SSL_ERROR_ZERO_RETURN: return 0;
        case SSL_ERROR_WANT_READ:
        case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
        default: errno = ECONNRESET; return -1;
    }
}

bool Channel::send(std::string_view bytes) {
    if (!tls_) {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    ERR_clear_error();
    return SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
}

}   // namespace gatehouse::bench
