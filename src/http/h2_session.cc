#include "http/h2_session.h"

#include <algorithm>
#include <cassert>
#include <new>
#include <utility>
#include <vector>

#include "http/h2_abuse.h"
#include "http/h2_block.h"
#include "http/h2_callbacks.h"
#include "http/h2_memory.h"
#include "http/h2_stream.h"

namespace gatehouse::http {
namespace {

constexpr std::uint32_t field_overhead = 32;   // RFC 9113 6.5.2
constexpr std::uint32_t default_window = 65'535;

struct OptionDelete {
    void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

nghttp2_session* make_session(bool server, const H2Limits& limits, H2Memory& memory, H2Session* self) {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    const std::unique_ptr<nghttp2_option, OptionDelete> option(made);
    nghttp2_option_set_no_auto_window_update(made, 1);
    nghttp2_option_set_no_closed_streams(made, 1);
    nghttp2_option_set_max_reserved_remote_streams(made, 0);
    nghttp2_option_set_max_deflate_dynamic_table_size(made, limits.send_table_bytes);
    nghttp2_option_set_max_outbound_ack(made, limits.queued_control_frames);
    // 1.52 counts one whose head arrives in pieces as several: H2AbuseCounter is exact, this its backstop.
    nghttp2_option_set_max_continuations(made, (std::size_t{limits.continuations} + 1) * 10);
    // It reads a clock of its own; H2AbuseCounter counts instead.
    nghttp2_option_set_stream_reset_rate_limit(made, UINT64_MAX, UINT64_MAX);
    nghttp2_session* session = nullptr;
    const auto* table = H2Callbacks::table();
    auto functions = memory.functions();
    const int result = server ? nghttp2_session_server_new3(&session, table, self, made, &functions)
                              : nghttp2_session_client_new3(&session, table, self, made, &functions);
    if (result != 0) throw std::bad_alloc();
    return session;
}

void submit_settings(nghttp2_session* session, bool server, const H2Limits& limits) {
    const auto fields = static_cast<std::uint32_t>(std::min<std::size_t>(limits.head.field_count, 100'000));
    const auto list_bytes = static_cast<std::uint32_t>(limits.head.head_bytes) + fields * field_overhead;
    std::vector<nghttp2_settings_entry> entries = {
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window_bytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, list_bytes},
        {NGHTTP2_SETTINGS_HEADER_TABLE_SIZE, limits.table_bytes},
    };
    if (server) {
        entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.concurrent_streams});
        entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
        // RFC 9218 2.1: no dependency tree, and so no memory for PRIORITY frames.
        entries.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
    } else {
        entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
    }
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
    if (limits.connection_window_bytes == default_window) return;
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                          static_cast<std::int32_t>(limits.connection_window_bytes));
}

}   // namespace

void H2Session::Delete::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

H2Session::H2Session(Role role, const H2Limits& limits, H2SessionEvents& events)
    : memory_(std::make_unique<H2Memory>()),
      session_(make_session(role == Role::server, limits, *memory_, this)),
      events_(events),
      limits_(limits),
      abuse_(std::make_unique<H2AbuseCounter>(limits)),
      scanner_(role == Role::server ? NGHTTP2_CLIENT_MAGIC_LEN : 0),
      role_(role) {
    submit_settings(session_.get(), role == Role::server, limits);
}

H2Session::~H2Session() {
    while (!streams_.empty()) delete &streams_.pop_front();
}

// --- bytes ---

Result<> H2Session::feed(std::string_view bytes) {
    if (!lost_) receive(bytes);
    if (failed_) {
        block_.reset();
        close_all({H2Closed::By::session, failure_->code, false, failure_->why});
        return gatehouse::fail(ErrorCode::malformed, failure_->why);
    }
    return {};
}

// Frame by frame, so that a limit stops what comes behind it in the same read.
void H2Session::receive(std::string_view bytes) {
    while (!bytes.empty() && !failed_) {
        const auto taken = scanner_.take(bytes);
        if (scanner_.head_complete()) {
            if (const auto* broken = abuse_->frame_begins(scanner_, find(scanner_.stream()) != nullptr))
                return fail(H2Code::enhance_your_calm, broken);
        }
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        check_received(nghttp2_session_mem_recv(session_.get(), data, taken));
        bytes.remove_prefix(taken);
    }
}

void H2Session::check_received(long result) {
    if (failed_) return;
    switch (result) {
        case NGHTTP2_ERR_FLOODED: return fail(H2Code::enhance_your_calm, "too many control frames queued");
        case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
            return fail(H2Code::enhance_your_calm, "too many CONTINUATION frames");
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
            return fail(H2Code::protocol_error, "no HTTP/2 connection preface");
        default: break;
    }
    if (result < 0) return fail(H2Code::internal_error, nghttp2_strerror(static_cast<int>(result)));
    // Resets and window updates wait as well when the peer does not read.
    if (nghttp2_session_get_outbound_queue_size(session_.get()) >
        limits_.queued_control_frames + open_streams_)
        fail(H2Code::enhance_your_calm, "too many control frames queued");
}

void H2Session::pull(Buffer& out, std::size_t limit) {
    if (lost_) return;
    out_ = &out;
    out_limit_ = limit;
    while (out.size() < limit && nghttp2_session_want_write(session_.get()) != 0) {
        const std::uint8_t* data = nullptr;
        const auto bytes = nghttp2_session_mem_send(session_.get(), &data);
        if (bytes < 0) {
            note_failure(H2Code::internal_error, nghttp2_strerror(static_cast<int>(bytes)), false);
            lost_ = true;
        }
        if (bytes <= 0) break;
        out.append({reinterpret_cast<const char*>(data), static_cast<std::size_t>(bytes)});
    }
    out_ = nullptr;
    if (!streams_.empty() && finished()) {
        const auto code = failure_ ? failure_->code : H2Code::cancel;
        close_all({H2Closed::By::session, code, false, failure_ ? failure_->why : "the connection ends"});
    }
}

bool H2Session::has_output() const { return !lost_ && nghttp2_session_want_write(session_.get()) != 0; }

bool H2Session::finished() const {
    return lost_ || (nghttp2_session_want_read(session_.get()) == 0 &&
                     nghttp2_session_want_write(session_.get()) == 0);
}

void H2Session::pass_time(std::chrono::milliseconds passed) { abuse_->pass_time(passed); }

void H2Session::connection_lost() {
    lost_ = true;
    close_all({H2Closed::By::session, H2Code::cancel, false, "the connection was lost"});
}

// --- streams ---

// nghttp2 knows every stream but requests that it has not sent yet.
H2Stream* H2Session::find(StreamId id) const {
    if (auto* known = nghttp2_session_get_stream_user_data(session_.get(), id))
        return static_cast<H2Stream*>(known);
    if (role_ == Role::server) return nullptr;
    return streams_.find_first([id](const H2Stream& stream) { return stream.id == id; });
}

H2Stream& H2Session::open(StreamId id) {
    auto* stream = new H2Stream;
    stream->id = id;
    streams_.push_back(*stream);
    return *stream;
}

void H2Session::count(H2Stream& stream) {
    if (!std::exchange(stream.is_counted, true)) ++open_streams_;
}

void H2Session::forget(H2Stream& stream) {
    nghttp2_session_set_stream_user_data(session_.get(), stream.id, nullptr);
    if (block_ != nullptr && block_->id == stream.id) block_.reset();
    if (stream.is_counted) --open_streams_;
    delete &stream;   // leaves streams_
}

void H2Session::close(H2Stream& stream, const H2Closed& how) {
    give_back(stream);
    auto* events = stream.events;
    const bool refused = !stream.was_told && role_ == Role::server;
    const auto id = stream.id;
    forget(stream);
    if (events != nullptr) events->stream_closed(how);
    if (refused) events_.stream_refused(id, how.code, how.why);
}

void H2Session::close_all(const H2Closed& how) {
    while (!streams_.empty()) {
        auto& stream = streams_.front();
        auto told = how;
        // What was never sent was never processed.
        told.unprocessed = role_ == Role::client && !stream.head_sent;
        close(stream, told);
    }
}

void H2Session::give_back(H2Stream& stream) {
    if (stream.unconsumed > 0 && !lost_)
        nghttp2_session_consume_connection(session_.get(), stream.unconsumed);
    stream.unconsumed = 0;
}

void H2Session::submit_reset(StreamId id, H2Code code) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
}

void H2Session::reject(H2Stream& stream, H2Code code, const char* why) {
    stream.why = why;
    submit_reset(stream.id, code);
}

void H2Session::resume(H2Stream& stream) {
    if (!stream.deferred) return;
    stream.deferred = false;
    nghttp2_session_resume_data(session_.get(), stream.id);
}

void H2Session::offer(StreamId id, std::string_view piece, bool last) {
    auto* stream = find(id);
    if (stream == nullptr || stream->reset_by_owner) return;
    assert(!stream->has_piece && !stream->last && (last || !piece.empty()));
    stream->piece = piece;
    stream->has_piece = true;
    stream->last = last;
    resume(*stream);
}

void H2Session::offer_trailers(StreamId id, const Fields& trailers) {
    auto* stream = find(id);
    if (stream == nullptr || stream->reset_by_owner) return;
    assert(!stream->last);
    stream->last = true;
    stream->trailers = std::make_unique<H2NameValues>();
    stream->trailers->copied_fields(trailers);
    resume(*stream);
}

void H2Session::consume(StreamId id, std::size_t bytes) {
    auto* stream = find(id);
    if (stream == nullptr) return;
    bytes = std::min(bytes, stream->unconsumed);
    stream->unconsumed -= bytes;
    if (bytes > 0 && !lost_) nghttp2_session_consume(session_.get(), id, bytes);
}

void H2Session::reset(StreamId id, H2Code code) {
    auto* stream = find(id);
    if (stream == nullptr || stream->reset_by_owner) return;
    stream->reset_by_owner = true;
    stream->was_told = true;
    stream->events = nullptr;
    stream->piece = {};
    stream->has_piece = false;
    give_back(*stream);
    submit_reset(id, code);
}

void H2Session::set_window(StreamId id, std::uint32_t bytes) {
    if (find(id) == nullptr || lost_) return;
    nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, id,
                                          static_cast<std::int32_t>(std::min(bytes, 0x7fff'ffffU)));
}

bool H2Session::is_stalled(StreamId id) const {
    const auto* stream = find(id);
    const bool has_some = stream != nullptr && (stream->has_piece || stream->trailers != nullptr);
    if (!has_some || !stream->head_sent || stream->ended) return false;
    return nghttp2_session_get_stream_remote_window_size(session_.get(), id) <= 0 ||
           nghttp2_session_get_remote_window_size(session_.get()) <= 0;
}

std::size_t H2Session::left_of_piece(StreamId id) const {
    const auto* stream = find(id);
    return stream == nullptr ? 0 : stream->piece.size();
}

std::size_t H2Session::unconsumed(StreamId id) const {
    const auto* stream = find(id);
    return stream == nullptr ? 0 : stream->unconsumed;
}

// --- the connection ---

void H2Session::ping() { nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr); }

void H2Session::drain() {
    if (draining_ || failed_ || lost_) return;
    draining_ = true;
    if (role_ == Role::client) return finish_drain();
    nghttp2_submit_shutdown_notice(session_.get());
    nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, drain_ping);
}

void H2Session::finish_drain() {
    if (!draining_ || drain_finished_ || failed_ || lost_) return;
    drain_finished_ = true;
    const auto last = role_ == Role::server ? nghttp2_session_get_last_proc_stream_id(session_.get()) : 0;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void H2Session::shutdown(H2Code code) {
    if (failed_ || lost_) return;
    draining_ = drain_finished_ = true;
    nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(code));
}

void H2Session::note_failure(H2Code code, const char* why, bool by_peer) {
    // What a GOAWAY of ours says is the reason, even if a limit was hit while it waited to be sent.
    const bool corrects = failure_ && !by_peer && !failure_->by_peer && failure_->code != code;
    if (failure_ && !corrects) return;
    failure_ = H2Failure{code, by_peer, *why != '\0' ? why : "the peer broke a rule of HTTP/2"};
}

void H2Session::fail(H2Code code, const char* why) {
    if (failed_) return;
    failed_ = true;
    failure_ = H2Failure{code, false, why};
    nghttp2_session_terminate_session(session_.get(), static_cast<std::uint32_t>(code));
}

}   // namespace gatehouse::http
