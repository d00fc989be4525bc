#pragma once
// TLS on a connection just accepted: the first byte says whether the client speaks it at all, its hello which
// site's certificate it is shown, and both which protocol follows.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// connection.in holds the first bytes. True: the connection can be served, perhaps without TLS, if that is
// what the client speaks (connection.plain_on_tls: each request is answered with nginx's 497). False: there
// is nothing to serve, which was logged.
loop::Task<bool> accept_tls(ClientConnection& connection);

}   // namespace gatehouse::exchange
