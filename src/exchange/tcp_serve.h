#pragma once
// A connection of a listener that passes bytes on (nginx: a server of stream). In nginx's order: a PROXY
// protocol header, whose word is taken for who it is from, `set`, who may connect, TLS, a look at what the
// client says first; then it is passed on, or told a text.

#include "exchange/client_connection.h"
#include "loop/task.h"

namespace gatehouse::exchange {

// One connection, from accept to close.
loop::Task<void> serve_tcp(WorkerState& worker, Port& port, int fd, PeerAddress peer);

}   // namespace gatehouse::exchange
