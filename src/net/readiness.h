#pragma once
// What results of the backend say about a channel. Used by the stream's sources.

#include "loop/channel.h"

#include <cerrno>

namespace gatehouse::net {

inline bool is_not_ready(ssize_t result) { return result == -EAGAIN || result == -EINTR; }

// A read that filled less than it could has drained a plain socket, unless the peer's FIN or an error waits
// behind it.
inline void note_short_read(loop::Channel& channel, bool is_short) {
    if (is_short && !channel.peer_closed && !channel.hangup) channel.readable = false;
}

}   // namespace gatehouse::net
