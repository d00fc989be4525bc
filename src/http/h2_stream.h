#pragma once
// What a session knows of one stream. For use inside http/ only. Owned by its session; it dies when nghttp2
// closes the stream, or with the session.

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/intrusive_list.h"
#include "http/h2.h"
#include "http/h2_fields.h"

namespace gatehouse::http {

struct H2Stream : ListNode {
    StreamId id = 0;
    H2StreamEvents* events = nullptr;   // null: not yet, or the owner has let go

    // out
    std::string_view piece;
    std::unique_ptr<H2NameValues> trailers;   // offered: they follow the piece
    bool has_piece = false;                   // `piece` may be empty
    bool last = false;                        // nothing follows the piece
    bool deferred = false;                    // nghttp2 waits to be told that there is more
    bool head_sent = false;
    bool ended = false;   // our END_STREAM is out

    // in
    std::size_t unconsumed = 0;
    bool head_arrived = false;   // a request; a final response
    bool peer_ended = false;
    bool peer_reset = false;
    std::uint32_t interim_heads = 0;

    Method method = Method::other;
    bool is_counted = false;       // among the session's open streams
    bool tunnel = false;           // CONNECT, of either kind: each side ends for itself
    bool reset_by_owner = false;   // RST_STREAM is queued
    bool was_told = false;         // it had an owner, or was refused by one
    const char* why = "";          // the rule that was broken
};

}   // namespace gatehouse::http
