#pragma once
// How a connection ends whose client may still be sending: half-close, then read what still comes, so that no
// reset destroys the answer on its way (RFC 9112 9.6).

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Until the client closes too, at most `longest`, and `between_reads` without a byte. While the worker drains
// it is a second at most.
loop::Task<void> linger(ClientConnection& connection, loop::Duration longest, loop::Duration between_reads);

}   // namespace gatehouse::exchange
