#pragma once
// What OpenSSL asks while a session goes on. Used by session.cc and callbacks.cc only.

#include "tls/openssl.h"
#include "tls/session.h"

#include <optional>

namespace gatehouse::tls {

struct Session::Handshake {
    std::optional<AcceptOptions> accepting;   // of a server's side
    std::shared_ptr<const ServerContext> chosen;
};

// The two buffers as OpenSSL's end of a socket: reading from an empty one means "later".
[[nodiscard]] BIO* new_wire(Session& session);

}   // namespace gatehouse::tls
