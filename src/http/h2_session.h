#pragma once
// An HTTP/2 connection without I/O (RFC 9113), over nghttp2: bytes in, bytes out, events to owners. The core
// of both roles; use H2ServerSession or H2ClientSession. It never waits, reads no clock and owns no thread.
//
// Bodies go out by pieces: the owner of a stream offers one, keeps it in place until it is told that it was
// taken, and offers the next. A piece is copied once, into the buffer given to pull(). Bodies come in as
// views of the bytes fed; what the owner has not consumed stays charged to the windows: that is the
// back-pressure. Streams share the connection fairly, or as the client's Priority fields ask (RFC 9218).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/buffer.h"
#include "base/intrusive_list.h"
#include "base/result.h"
#include "http/h2.h"
#include "http/h2_frame_scanner.h"

struct nghttp2_session;

namespace gatehouse::http {

struct H2Stream;        // h2_stream.h
struct H2Block;         // h2_block.h
struct H2Callbacks;     // h2_callbacks.cc
class H2Memory;         // h2_memory.h
class H2AbuseCounter;   // h2_abuse.h

// Why a session ended before its time.
struct H2Failure {
    H2Code code = H2Code::no_error;
    bool by_peer = false;   // the peer sent GOAWAY with this code; else we did
    const char* why = "";   // static text: the rule or limit
};

class H2Session {
public:
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;
    virtual ~H2Session();   // tells nobody anything

    // --- bytes ---

    // What was read from the connection, any cut of it. Events are told meanwhile. An error says that a limit
    // ended the session, and which; other broken rules show by finished() after the next pull(). In both
    // cases pull() gives a GOAWAY that is worth writing before the close.
    Result<> feed(std::string_view bytes);
    // Appends frames that are due, of all streams in turn, until `out` holds `limit` bytes or there are no
    // more. It exceeds `limit` by one frame that is no DATA (at most 16 KiB and 9 bytes) at most.
    void pull(Buffer& out, std::size_t limit);
    [[nodiscard]] bool has_output() const;   // pull() may append something now
    // Nothing is left to do on the connection: close it once what was pulled is written.
    [[nodiscard]] bool finished() const;
    [[nodiscard]] const std::optional<H2Failure>& failure() const { return failure_; }
    // Fills budgets up. To be called before feed() with the time since the last call, as seldom as the owner
    // likes: at most once a second is enough.
    void pass_time(std::chrono::milliseconds passed);
    // The transport is gone: every stream is told that it is closed (by the session, CANCEL).
    void connection_lost();

    // --- one stream; each does nothing for a stream that is closed ---

    // The next piece of the body, or with `last` its end (then it may be empty). Only after the head was
    // submitted, and when the piece before was taken. `piece` must stay in place until piece_taken() or
    // stream_closed() is told, or reset() was called.
    void offer(StreamId id, std::string_view piece, bool last);
    // Ends the body with trailers (RFC 9113 8.1), in place of a last piece. They are copied.
    void offer_trailers(StreamId id, const Fields& trailers);
    // The owner has let go of so many bytes of what arrived: the peer may send as many more. What is not
    // consumed when a stream closes is given back to the connection by itself.
    void consume(StreamId id, std::size_t bytes);
    // Ends the stream with RST_STREAM. Its owner is told nothing more, and pieces offered are forgotten.
    void reset(StreamId id, H2Code code);
    // Lets the peer send so many bytes ahead on this stream, rather than stream_window_bytes.
    void set_window(StreamId id, std::uint32_t bytes);
    // A piece is offered, and only the peer's window, of the stream or the connection, keeps it here: for the
    // owner's send timeout ("zero-window stall").
    [[nodiscard]] bool is_stalled(StreamId id) const;
    // Bytes of the piece offered that have not been taken.
    [[nodiscard]] std::size_t left_of_piece(StreamId id) const;
    [[nodiscard]] std::size_t unconsumed(StreamId id) const;   // bytes told and not consumed

    // --- the connection ---

    void ping();   // ping_answered() follows
    // Graceful end (RFC 9113 6.8). Server: GOAWAY with the highest id and a PING; when that is answered,
    // GOAWAY with the last id served, and when the last stream is closed the session is finished. Client:
    // GOAWAY, no new requests.
    void drain();
    void finish_drain();   // server: the second GOAWAY without waiting for the PING
    [[nodiscard]] bool draining() const { return draining_; }
    void shutdown(H2Code code);   // GOAWAY with this code and the end; streams are told when it is pulled
    // Requests of which the whole head is known: one that never comes to its end keeps nothing open.
    [[nodiscard]] std::size_t open_streams() const { return open_streams_; }
    // A head or trailers began and are not complete: for the owner's timeout.
    [[nodiscard]] bool head_is_arriving() const { return block_ != nullptr; }

protected:
    enum class Role : std::uint8_t { server, client };
    H2Session(Role role, const H2Limits& limits, H2SessionEvents& events);

private:
    friend struct H2Callbacks;
    friend class H2ServerSession;
    friend class H2ClientSession;

    // The role's part: which kind of block begins (it sets block_), and what to do with a complete head.
    virtual void begin_head(H2Stream* stream, StreamId id, bool first) = 0;
    virtual void finish_head(H2Stream& stream, H2Block& block, bool ends) = 0;

    struct Delete {
        void operator()(nghttp2_session* session) const;
    };
    [[nodiscard]] H2Stream* find(StreamId id) const;
    H2Stream& open(StreamId id);
    void count(H2Stream& stream);   // among the open ones
    void close(H2Stream& stream, const H2Closed& how);
    void close_all(const H2Closed& how);
    void forget(H2Stream& stream);
    void reject(H2Stream& stream, H2Code code, const char* why);   // what broke a rule
    void submit_reset(StreamId id, H2Code code);
    void resume(H2Stream& stream);
    void give_back(H2Stream& stream);
    void fail(H2Code code, const char* why);
    void note_failure(H2Code code, const char* why, bool by_peer);
    void receive(std::string_view bytes);
    void check_received(long result);

    const std::unique_ptr<H2Memory> memory_;   // of session_
    std::unique_ptr<nghttp2_session, Delete> session_;
    H2SessionEvents& events_;
    const H2Limits limits_;
    IntrusiveList<H2Stream> streams_;
    std::size_t open_streams_ = 0;
    std::unique_ptr<H2Block> block_;   // the head or trailers that are arriving; one at a time (RFC 9113 4.3)
    const std::unique_ptr<H2AbuseCounter> abuse_;
    H2FrameScanner scanner_;
    Buffer* out_ = nullptr;       // during pull()
    std::size_t out_limit_ = 0;   // during pull()
    std::optional<H2Failure> failure_;
    const char* last_error_ = "";   // what nghttp2 said last
    bool failed_ = false;           // by us: nothing is read any more
    bool lost_ = false;
    bool draining_ = false;
    bool drain_finished_ = false;
    bool settings_known_ = false;
    bool goaway_arrived_ = false;
    const Role role_;
};

}   // namespace gatehouse::http
