#pragma once
// TLS on a connection just accepted: the first byte says whether the client speaks it at all, its hello which
// site's certificate it is shown, and both which protocol follows.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// connection.in holds the first bytes. True: the connection can be served, perhaps without TLS, if that is
// what the client speaks (connection.plain_on_tls: each request is answered with nginx's 497). False: there
// is nothing to serve, which was logged.
loop::Task<bool> accept_tls(ClientConnection& connection);

// RFC 8446 section 5.1: a handshake record, or the hello of SSL 2, which at least gets an alert. `bytes`: the
// first ones, at least one.
[[nodiscard]] bool begins_tls(std::string_view bytes);

// Of these terms what a client gets that asks for `name`; if for none (""), what is of the address it
// connected to. Null: nothing.
[[nodiscard]] std::shared_ptr<const tls::ServerContext> choose_context(const model::TlsTerms& terms,
                                                                       std::string_view name,
                                                                       ClientConnection& connection);

}   // namespace gatehouse::exchange
