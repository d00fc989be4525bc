#pragma once
// Makes a connection to an endpoint: its addresses are tried in turn. On the worker's loop; the socket's
// options are set before it connects.

#include "base/socket_address.h"
#include "loop/task.h"
#include "upstream/pool.h"

#include <functional>
#include <memory>

namespace gatehouse::upstream {

struct ConnectOptions {
    loop::Duration timeout = loop::forever;   // of each address
    bool no_delay = true, keep_alive = false;
    std::size_t receive_buffer_bytes = 0, send_buffer_bytes = 0;   // 0: as the kernel chooses
    const SocketAddress* from = nullptr;   // null: as the kernel chooses; of no effect on unix sockets
};

// A wait that is interrupted is the end, whatever addresses are left. When descriptors are out, `make_room`
// is asked once to close one. The error's source is `upstream`, but `internal` where a socket could not be
// had or bound.
[[nodiscard]] loop::Task<Result<ConnectionPtr>> connect(loop::Loop& loop,
                                                        std::shared_ptr<model::Endpoint> endpoint,
                                                        ConnectOptions options,
                                                        std::function<bool()> make_room);

}   // namespace gatehouse::upstream
