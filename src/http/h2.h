#pragma once
// What the two ends of an HTTP/2 connection (RFC 9113) have in common: codes, limits, the heads and trailers
// that arrive, and the calls by which a session tells the owner of a stream what happened to it. No I/O, no
// clock, no thread of its own: everything here is used on the thread of the connection. See h2_session.h for
// the session itself, h2_server.h and h2_client.h for its two roles.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/arena.h"
#include "http/framing.h"
#include "http/h1_parser.h"
#include "http/head.h"

namespace gatehouse::http {

using StreamId = std::int32_t;   // 1 … 2^31-1

// RFC 9113 7. A peer may send other numbers.
enum class H2Code : std::uint32_t {
    no_error,
    protocol_error,
    internal_error,
    flow_control_error,
    settings_timeout,
    stream_closed,
    frame_size_error,
    refused_stream,
    cancel,
    compression_error,
    connect_error,
    enhance_your_calm,
    inadequate_security,
    http_1_1_required,
};
[[nodiscard]] std::string_view name_of(H2Code code);   // "ENHANCE_YOUR_CALM"; "unknown code" for the others

// So many at once, and so many more with each second that H2Session::pass_time() is told of.
struct H2Budget {
    std::uint32_t burst = 0;
    std::uint32_t per_second = 0;
};

// All of it per connection. What is announced to the peer is marked with its setting (RFC 9113 6.5.2).
struct H2Limits {
    // As in HTTP/1: :path is the start line (414), a field is name and value, the head is their sum with what
    // HTTP/1 would write around them (431). SETTINGS_MAX_HEADER_LIST_SIZE is made from it.
    HeadLimits head;
    std::uint32_t concurrent_streams = 128;   // SETTINGS_MAX_CONCURRENT_STREAMS; nginx's default
    // What a peer may send before the owner consumed it, on a stream (SETTINGS_INITIAL_WINDOW_SIZE) and on
    // the connection: the memory that bodies can take.
    std::uint32_t stream_window_bytes = 64 * 1024;
    std::uint32_t connection_window_bytes = 1024 * 1024;
    // Of the HPACK tables (RFC 7541 4.1). An idle connection holds them, in up to three times as much memory.
    std::uint32_t table_bytes = 4096;        // for what arrives: SETTINGS_HEADER_TABLE_SIZE; nginx's size
    std::uint32_t send_table_bytes = 1024;   // for what is sent, where the peer allows as much
    std::uint32_t interim_heads = 16;        // client: 1xx before one response

    // Beyond these the session ends with ENHANCE_YOUR_CALM and the reason named behind.
    std::uint32_t continuations = 8;   // frames of one head ("too many CONTINUATION frames")
    std::uint32_t bomb_factor = 4;     // decoded bytes of a head, in head.head_bytes ("header bomb")
    std::uint32_t queued_control_frames = 512;   // the peer does not read ("too many control frames queued")
    // Streams that the peer resets before they ended, or makes us reset by an error of its own ("too many
    // resets": CVE-2023-44487, CVE-2025-8671).
    H2Budget resets = {256, 32};
    H2Budget pings = {128, 16};        // "too many PING frames"
    H2Budget settings = {32, 1};       // "too many SETTINGS frames"
    H2Budget priorities = {512, 64};   // PRIORITY and PRIORITY_UPDATE; "too many PRIORITY frames"
    H2Budget empty_data = {128, 16};   // DATA with nothing that does not end it; "too many empty DATA frames"
    // Every frame that brings nothing (the above, WINDOW_UPDATE, unknown types, tiny DATA). Requests and real
    // DATA, in either direction, earn some back. "too many frames without effect"
    H2Budget overhead = {4096, 256};
};

// A request as it arrived. It belongs to whoever was given it; everything in it points into its arena.
struct H2Request {
    Arena arena;
    // version: http_2. target: :path; of CONNECT without :protocol the authority. line: as nginx's $request,
    // "GET /a HTTP/2.0". fields: what came, names in lower case, with Host made from :authority as the first
    // (RFC 9113 8.3.1: it replaces a Host that came), and crumbs of Cookie joined (8.2.3).
    RequestHead head;
    std::string_view scheme;      // as sent: "https"; "" for CONNECT without :protocol
    std::string_view authority;   // as sent; "" when there was only Host
    std::string_view protocol;    // :protocol of an extended CONNECT (RFC 8441): "websocket"; else ""
    Framing framing;   // none: the head ended the stream; length; until_close: up to the end of the stream
    // Its status is 0 when all is well. Else a limit was hit, `head` holds what came before it, and the owner
    // answers with this status (414, 431).
    HeadError refusal{0, ""};
    std::size_t bytes = 0;   // of the head, names and values decoded
};

struct H2Response {
    Arena arena;
    ResponseHead head;   // version: http_2; an interim one (100 … 199) is followed by another
    Framing framing;     // by the request's method as well: none, length, until_close (end of stream)
    std::size_t bytes = 0;
};

struct H2Trailers {
    Arena arena;
    Fields fields;   // names in lower case
};

// How a stream ended.
struct H2Closed {
    enum class By : std::uint8_t {
        both_ended,   // both sides sent all they had
        peer,         // by RST_STREAM
        session,      // the peer broke a rule, or the connection ends
    };
    By by = By::both_ended;
    H2Code code = H2Code::no_error;
    // Client: the peer did nothing with this request (REFUSED_STREAM, or GOAWAY with a lower id; RFC 9113
    // 8.7): it may be sent again elsewhere, whatever its method.
    bool unprocessed = false;
    const char* why = "";   // static text: the rule that was broken
};

// What happens on one stream, told to its owner from within feed(), pull() and connection_lost(). Any method
// of the session may be called meanwhile, but these three and its destructor. After stream_closed(), or once
// the owner has called H2Session::reset(), nothing more is told and the owner may be gone.
class H2StreamEvents {
public:
    // Client: a response head; interim ones first.
    virtual void head_arrived(std::unique_ptr<H2Response> head) { (void)head; }
    // Valid during the call. The window is given back only by H2Session::consume().
    virtual void data_arrived(std::string_view bytes) = 0;
    // The peer has sent all, perhaps with its head already; `trailers` may be null.
    virtual void end_arrived(std::unique_ptr<H2Trailers> trailers) = 0;
    // The piece offered was taken whole: its memory is the owner's again, and the next may be offered, here
    // or later. Not told when stream_closed() is told in its place.
    virtual void piece_taken() = 0;
    virtual void stream_closed(const H2Closed& how) = 0;

protected:
    H2StreamEvents() = default;
    H2StreamEvents(const H2StreamEvents&) = default;
    H2StreamEvents& operator=(const H2StreamEvents&) = default;
    ~H2StreamEvents() = default;
};

// What happens to the connection, told to its owner under the same rules.
class H2SessionEvents {
public:
    // The peer begins no new streams, or accepts none: those with a higher id than `last` are closed as
    // unprocessed (they are told so themselves).
    virtual void goaway_arrived(H2Code code, StreamId last) {
        (void)code;
        (void)last;
    }
    virtual void ping_answered() {}
    virtual void settings_arrived() {}   // the peer's limits may have changed
    // A stream of the peer's that no owner was told of was reset: `why` is static text, for the log.
    virtual void stream_refused(StreamId id, H2Code code, const char* why) {
        (void)id;
        (void)code;
        (void)why;
    }

protected:
    H2SessionEvents() = default;
    H2SessionEvents(const H2SessionEvents&) = default;
    H2SessionEvents& operator=(const H2SessionEvents&) = default;
    ~H2SessionEvents() = default;
};

}   // namespace gatehouse::http
