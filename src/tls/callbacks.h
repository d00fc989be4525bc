#pragma once
// What OpenSSL asks while a session goes on. Used by session.cc and callbacks.cc only.

#include "tls/openssl.h"
#include "tls/session.h"

#include <optional>

namespace gatehouse::tls {

struct Session::Handshake {
    std::optional<AcceptOptions> accepting;   // of a server's side
    std::shared_ptr<const ServerContext> chosen;
    bool looks_for_early_data = false;   // until there is none, or no more
    std::string early_data;              // decrypted, not read yet
    bool is_served = false;              // early data came: the rest is done while data is exchanged
};

// The two buffers of the session that is its data, as OpenSSL's end of a socket: reading from an empty one
// means "later".
[[nodiscard]] BIO* new_wire();

}   // namespace gatehouse::tls
