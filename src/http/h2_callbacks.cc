#include "http/h2_callbacks.h"

#include <algorithm>
#include <cstring>

#include "http/h2_abuse.h"
#include "http/h2_block.h"
#include "http/h2_stream.h"

namespace gatehouse::http {
namespace {

constexpr std::size_t frame_head_bytes = 9;        // RFC 9113 4.1
constexpr std::size_t decent_frame_bytes = 1024;   // smaller DATA is cut only where the body or the window is

H2Session& session_of(void* user) { return *static_cast<H2Session*>(user); }

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

bool ends_stream(const nghttp2_frame* frame) { return (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

}   // namespace

const nghttp2_session_callbacks* H2Callbacks::table() {
    static const auto* const made = [] {
        nghttp2_session_callbacks* callbacks = nullptr;
        if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalid_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_arrived);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, invalid_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_arrived);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, frame_not_sent);
        nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
        return callbacks;
    }();
    return made;
}

nghttp2_data_provider H2Callbacks::data_provider() {
    nghttp2_data_provider provider{};
    provider.read_callback = read_data;
    return provider;
}

void H2Callbacks::charge(H2Session& session, const char* broken_limit) {
    if (broken_limit != nullptr) session.fail(H2Code::enhance_your_calm, broken_limit);
}

// --- what arrives ---

int H2Callbacks::begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& session = session_of(user);
    const bool first = frame->headers.cat == NGHTTP2_HCAT_REQUEST;
    session.block_.reset();
    session.begin_head(session.find(frame->hd.stream_id), frame->hd.stream_id, first);
    return 0;
}

int H2Callbacks::header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                        std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                        std::uint8_t, void* user) {
    auto& session = session_of(user);
    auto* block = session.block_.get();
    if (block == nullptr || block->id != frame->hd.stream_id) return 0;
    if (block->add(text_of(name, name_bytes), text_of(value, value_bytes), session.limits_)) return 0;
    session.fail(H2Code::enhance_your_calm, "header bomb");
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}

// Names and values that hold what they must not (RFC 9113 8.2.1), which nghttp2 would pass over.
int H2Callbacks::invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t*,
                                std::size_t, const std::uint8_t*, std::size_t, std::uint8_t, void* user) {
    if (auto* stream = session_of(user).find(frame->hd.stream_id))
        stream->why = "invalid character in a field name or value";
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;   // a stream error: PROTOCOL_ERROR
}

int H2Callbacks::frame_arrived(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(frame->hd.stream_id);
    switch (frame->hd.type) {
        case NGHTTP2_HEADERS: headers_arrived(session, frame); break;
        case NGHTTP2_DATA:
            // The length counts the padding, and the byte that tells its length.
            if (frame->hd.length > 0 && frame->hd.length == frame->data.padlen && !ends_stream(frame))
                charge(session, session.abuse_->data_was_empty());
            if (stream == nullptr || !ends_stream(frame)) break;
            stream->peer_ended = true;
            if (stream->events != nullptr) stream->events->end_arrived(nullptr);
            break;
        case NGHTTP2_RST_STREAM: rst_stream_arrived(session, frame); break;
        case NGHTTP2_SETTINGS:
            if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) break;
            session.settings_known_ = true;
            session.events_.settings_arrived();
            break;
        case NGHTTP2_PING: ping_arrived(session, frame); break;
        case NGHTTP2_GOAWAY: goaway_arrived(session, frame); break;
        default: break;
    }
    return session.failed_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

void H2Callbacks::headers_arrived(H2Session& session, const nghttp2_frame* frame) {
    auto* stream = session.find(frame->hd.stream_id);
    const auto block = std::move(session.block_);
    if (stream == nullptr || block == nullptr || block->id != stream->id) return;
    const bool ends = ends_stream(frame);
    if (ends) stream->peer_ended = true;
    if (stream->reset_by_owner) return;
    if (*block->malformed != '\0') {
        session.reject(*stream, H2Code::protocol_error, block->malformed);
    } else if (block->trailers == nullptr) {
        session.finish_head(*stream, *block, ends);
        if (ends && stream->events != nullptr) stream->events->end_arrived(nullptr);
    } else if (block->refusal.status != 0) {
        session.reject(*stream, H2Code::enhance_your_calm, "trailers too large");
    } else if (stream->events != nullptr) {
        stream->events->end_arrived(std::move(block->trailers));
    }
}

void H2Callbacks::rst_stream_arrived(H2Session& session, const nghttp2_frame* frame) {
    auto* stream = session.find(frame->hd.stream_id);
    if (stream == nullptr) return;
    stream->peer_reset = true;
    charge(session, session.abuse_->stream_was_reset());
}

void H2Callbacks::ping_arrived(H2Session& session, const nghttp2_frame* frame) {
    if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) return;   // answered by nghttp2
    if (std::memcmp(frame->ping.opaque_data, drain_ping, sizeof drain_ping) != 0) {
        session.events_.ping_answered();
    } else if (session.draining_) {
        session.finish_drain();
    }
}

void H2Callbacks::goaway_arrived(H2Session& session, const nghttp2_frame* frame) {
    const auto code = static_cast<H2Code>(frame->goaway.error_code);
    session.goaway_arrived_ = true;
    if (code != H2Code::no_error) session.note_failure(code, "the peer sent GOAWAY with an error", true);
    session.events_.goaway_arrived(code, frame->goaway.last_stream_id);
}

// A stream error, or one of the connection (then nghttp2 has queued a GOAWAY as well).
int H2Callbacks::invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
    auto& session = session_of(user);
    session.last_error_ = nghttp2_strerror(error);
    auto* stream = session.find(frame->hd.stream_id);
    if (stream != nullptr) {
        if (*stream->why == '\0') stream->why = session.last_error_;
    } else if (error == NGHTTP2_ERR_REFUSED_STREAM) {
        session.events_.stream_refused(frame->hd.stream_id, H2Code::refused_stream,
                                       "too many concurrent streams");
    }
    return 0;
}

int H2Callbacks::data_arrived(nghttp2_session* raw, std::uint8_t, StreamId id, const std::uint8_t* data,
                              std::size_t bytes, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(id);
    if (stream == nullptr || stream->events == nullptr) {
        nghttp2_session_consume_connection(raw, bytes);   // nobody else will
        return 0;
    }
    stream->unconsumed += bytes;
    stream->events->data_arrived(text_of(data, bytes));
    return session.failed_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int H2Callbacks::stream_closed(nghttp2_session*, StreamId id, std::uint32_t number, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(id);
    if (stream == nullptr) return 0;
    H2Closed how;
    how.code = static_cast<H2Code>(number);
    const bool answered = session.role_ == H2Session::Role::server && stream->ended;
    if (stream->peer_reset) {
        how.by = H2Closed::By::peer;
        how.why = "reset by the peer";
    } else if (how.code == H2Code::no_error && (answered || (stream->ended && stream->peer_ended))) {
        how.by = H2Closed::By::both_ended;
    } else if (session.role_ == H2Session::Role::client && how.code == H2Code::refused_stream) {
        how.by = H2Closed::By::session;
        how.why = "never processed: the connection takes no more requests";
    } else {
        how.by = H2Closed::By::session;
        how.why = *stream->why != '\0' ? stream->why : "the message broke a rule of HTTP/2";
    }
    // Our own RST_STREAM never says REFUSED_STREAM for a request of ours; nghttp2 says it for what a GOAWAY
    // left out, and for what could not be sent.
    how.unprocessed = session.role_ == H2Session::Role::client && !stream->head_arrived &&
                      how.code == H2Code::refused_stream;
    session.close(*stream, how);
    return 0;
}

// --- what goes out ---

int H2Callbacks::frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(frame->hd.stream_id);
    switch (frame->hd.type) {
        case NGHTTP2_HEADERS:
            if (stream != nullptr) stream->head_sent = true;
            [[fallthrough]];
        case NGHTTP2_DATA:
            if (ends_stream(frame)) end_sent(session, frame->hd.stream_id);
            break;
        case NGHTTP2_RST_STREAM: {
            // One that the peer provoked is as good as one of its own (CVE-2025-8671).
            const bool ours = stream == nullptr || stream->reset_by_owner;
            const auto code = static_cast<H2Code>(frame->rst_stream.error_code);
            if (!ours && code != H2Code::no_error) charge(session, session.abuse_->stream_was_reset());
            break;
        }
        case NGHTTP2_GOAWAY: {
            const auto code = static_cast<H2Code>(frame->goaway.error_code);
            if (code != H2Code::no_error) session.note_failure(code, session.last_error_, false);
            break;
        }
        default: break;
    }
    return 0;
}

void H2Callbacks::end_sent(H2Session& session, StreamId id) {
    auto* stream = session.find(id);
    if (stream == nullptr) return;
    stream->ended = true;
    // RFC 9113 8.1: a client that is still sending a request that was answered is asked to stop.
    if (session.role_ == H2Session::Role::server && !stream->peer_ended && !stream->tunnel)
        session.submit_reset(id, H2Code::no_error);
}

int H2Callbacks::frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) {
    auto& session = session_of(user);
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat == NGHTTP2_HCAT_REQUEST) return 0;
    auto* stream = session.find(frame->hd.stream_id);
    if (stream == nullptr || stream->reset_by_owner || error == NGHTTP2_ERR_STREAM_CLOSING) return 0;
    stream->why = "a head that cannot be sent";
    session.submit_reset(stream->id, H2Code::internal_error);
    return 0;
}

// How much of the stream's piece goes into the next frame; the bytes are written by send_data.
ssize_t H2Callbacks::read_data(nghttp2_session* raw, StreamId id, std::uint8_t*, std::size_t bytes,
                               std::uint32_t* flags, nghttp2_data_source*, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(id);
    if (stream == nullptr || stream->reset_by_owner) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    if (!stream->has_piece && stream->trailers == nullptr) {
        stream->deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    const auto filled = session.out_->size() + frame_head_bytes;
    const auto room = session.out_limit_ > filled ? session.out_limit_ - filled : 0;
    bytes = std::min({bytes, stream->piece.size(), std::max(room, decent_frame_bytes)});
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (bytes < stream->piece.size()) return static_cast<ssize_t>(bytes);
    if (stream->trailers != nullptr) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        if (stream->trailers->size() > 0) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            nghttp2_submit_trailer(raw, id, stream->trailers->data(), stream->trailers->size());
        }
    } else if (stream->last) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return static_cast<ssize_t>(bytes);
}

int H2Callbacks::send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head,
                           std::size_t bytes, nghttp2_data_source*, void* user) {
    auto& session = session_of(user);
    auto* stream = session.find(frame->hd.stream_id);
    if (stream == nullptr || stream->piece.size() < bytes) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    auto& out = *session.out_;
    const auto room = out.prepare(frame_head_bytes + bytes);
    std::memcpy(room.data(), head, frame_head_bytes);
    if (bytes > 0) std::memcpy(room.data() + frame_head_bytes, stream->piece.data(), bytes);
    out.commit(frame_head_bytes + bytes);
    stream->piece.remove_prefix(bytes);
    if (stream->piece.empty() || bytes >= decent_frame_bytes) session.abuse_->data_was_sent();
    if (stream->piece.empty() && stream->has_piece) {
        stream->has_piece = false;
        stream->piece = {};
        if (stream->events != nullptr) stream->events->piece_taken();
    }
    // Never with a frame half done: the next call may find its stream gone.
    return out.size() >= session.out_limit_ ? NGHTTP2_ERR_PAUSE : 0;
}

}   // namespace gatehouse::http
