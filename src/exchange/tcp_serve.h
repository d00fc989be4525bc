#pragma once
// A connection of a listener that passes bytes on (nginx: a server of stream). In nginx's order: a PROXY
// protocol header, whose word is taken for who it is from, `set`, who may connect, TLS, a look at what the
// client says first; then it is passed on, or told a text.

#include "exchange/client_connection.h"
#include "loop/task.h"
#include "model/tcp_site.h"
#include "net/client_hello.h"

#include <memory>

namespace gatehouse::exchange {

// One connection, from accept to close.
loop::Task<void> serve_tcp(WorkerState& worker, Port& port, int fd, PeerAddress peer);

// A connection that a TCP route took: as far as its tunnel, which connection.tunnel is then; null: it is over
// already. `site` and `hello` (what was looked at; null: nothing) were found by the publication now in force.
loop::Task<void> pass_on(ClientConnection& connection, const model::TcpSite& site,
                         std::unique_ptr<const net::ClientHello> hello);
// connection.tunnel, to its end.
loop::Task<void> run_tcp(ClientConnection& connection);

}   // namespace gatehouse::exchange
