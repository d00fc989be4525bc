#pragma once
// A connection of which nothing has come yet is as idle as one between two requests: it waits without a
// buffer, and among those that are closed when room is short or the worker leaves.

#include "exchange/worker_state.h"

namespace gatehouse::exchange {

// Waits until something can be read. False: nothing came in time, or the connection is over.
loop::Task<bool> wait_while_idle(ClientConnection& connection, loop::Duration patience);

}   // namespace gatehouse::exchange
