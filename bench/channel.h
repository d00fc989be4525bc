#pragma once
// The client's end of a connection to a gateway: a non-blocking socket, in the clear or through TLS 1.3. Owns
// both. Every gateway gets the same offer: one cipher suite (AES-128-GCM), one group (X25519), so that they
// do the same arithmetic; certificates are not verified, but signatures are, as TLS leaves no choice.

#include <openssl/ssl.h>
#include <sys/types.h>

#include <memory>
#include <span>
#include <string_view>

namespace gatehouse::bench {

struct FreeTls {
    void operator()(SSL* tls) const { SSL_free(tls); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;
using TlsSession = std::unique_ptr<SSL_SESSION, FreeTls>;

// `protocol` is what ALPN asks for: "h2" or "http/1.1".
TlsContext make_client_context(std::string_view protocol);

class Channel {
public:
    enum class Handshake { done, pending, failed };

    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() { close(); }

    // Takes the socket, which may still be connecting. Without a context it stays in the clear.
    void open(int fd, SSL_CTX* context);
    void close();

    // Once connected, and again whenever the socket is ready, until it is no longer pending.
    Handshake shake_hands();

    // As recv(2): 0 when the gateway ended the connection, -1 with EAGAIN when nothing has come. Through TLS
    // a short read does not mean that there is no more.
    ssize_t receive(std::span<char> room);

    // Whether all of it went out; requests are smaller than any socket's buffer.
    bool send(std::string_view bytes);

    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] SSL* tls() const { return tls_.get(); }

private:
    int fd_ = -1;
    std::unique_ptr<SSL, FreeTls> tls_;
};

}   // namespace gatehouse::bench
