#include "upstream/h2_stream.h"

#include "upstream/h2_connection.h"

#include <utility>

namespace gatehouse::upstream {
namespace {

using loop::Task;

Error error_of(const http::H2Closed& how, const H2Connection& connection) {
    Error error{
        .code = ErrorCode::closed, .source = ErrorSource::upstream, .what = "upstream closed the connection"};
    if (how.unprocessed) {
        error.what = "upstream did not process the request";
    } else if (how.by == http::H2Closed::By::peer) {
        error.code = ErrorCode::reset;
        error.what = "upstream reset the stream";
    } else if (!connection.was_lost()) {
        error.code = ErrorCode::malformed;
        error.what = how.why;
    }
    return error;
}

}   // namespace

H2Stream::~H2Stream() { reset(http::H2Code::cancel); }

void H2Stream::admit(H2Connection& connection, bool reused) {
    connection_ = &connection;
    was_reused_ = reused;
    state_ = State::admitted;
    changed_.set();
}

void H2Stream::fail(const Error& error) {
    error_ = error;
    state_ = State::over;
    connection_ = nullptr;
    changed_.set();
    taken_.set();
}

void H2Stream::let_go() {
    unlink();
    if (auto* connection = std::exchange(connection_, nullptr))
        connection->stream_left(state_ == State::admitted);
    state_ = State::over;
}

Task<Result<>> H2Stream::admitted() {
    while (state_ == State::waiting) {
        changed_.clear();
        const auto waited = co_await changed_.wait();
        if (!waited) co_return waited;
    }
    if (error_) co_return Failure(*error_);
    co_return Result<>();
}

Result<> H2Stream::submit(const http::H2Outgoing& request) {
    if (error_) return Failure(*error_);
    const auto id = connection_->submit(request, *this);
    if (!id) {   // it said GOAWAY meanwhile
        connection_ = nullptr;
        let_go();
        unprocessed_ = true;
        error_ = Error{.code = ErrorCode::closed, .source = ErrorSource::upstream, .what = id.error().what};
        return Failure(*error_);
    }
    id_ = *id;
    state_ = State::submitted;
    request_ended_ = request.ends;
    return {};
}

Task<Result<std::unique_ptr<http::H2Response>>> H2Stream::head(loop::Duration timeout) {
    while (true) {
        if (head_ != nullptr) co_return std::move(head_);
        if (final_head_ != nullptr) co_return std::move(final_head_);
        if (error_) co_return Failure(*error_);
        changed_.clear();
        auto waited = co_await changed_.wait(timeout);
        if (waited) continue;
        waited.error().source = ErrorSource::upstream;
        if (request_ended_) note_timeout(waited.error(), timeout);
        co_return Failure(waited.error());
    }
}

Task<Result<>> H2Stream::send(std::string_view piece, bool last, loop::Duration timeout) {
    if (connection_ == nullptr)
        co_return error_ ? Result<>(Failure(*error_))
                         : gatehouse::fail(ErrorCode::closed, "write", ErrorSource::upstream);
    offered_ = true;
    taken_.clear();
    connection_->offer(id_, piece, last);
    while (offered_ && connection_ != nullptr) {
        const auto waited = co_await taken_.wait(timeout);
        taken_.clear();
        if (waited || !offered_ || connection_ == nullptr) continue;
        const Error error{.code = waited.error().code, .source = ErrorSource::upstream, .what = "write"};
        note_timeout(error, timeout);
        if (error.code == ErrorCode::timed_out) error_ = error;
        changed_.set();
        reset(http::H2Code::cancel);   // the piece is the caller's again
        co_return Failure(error);
    }
    if (offered_)
        co_return error_ ? Result<>(Failure(*error_))
                         : gatehouse::fail(ErrorCode::closed, "write", ErrorSource::upstream);
    if (last) request_ended_ = true;
    co_return Result<>();
}

void H2Stream::send_trailers(const http::Fields& fields) {
    if (connection_ == nullptr) return;
    request_ended_ = true;
    connection_->offer_trailers(id_, fields);
}

Task<Result<>> H2Stream::fill(loop::Duration timeout) {
    while (in.empty() && !peer_ended_) {
        if (error_) co_return Failure(*error_);
        changed_.clear();
        auto waited = co_await changed_.wait(timeout);
        if (!waited) {
            waited.error().source = ErrorSource::upstream;
            note_timeout(waited.error(), timeout);
            co_return waited;
        }
    }
    co_return Result<>();
}

void H2Stream::note_timeout(const Error& error, loop::Duration timeout) {
    if (error.code == ErrorCode::timed_out && connection_ != nullptr) connection_->stream_timed_out(timeout);
}

void H2Stream::consumed(std::size_t bytes) {
    if (connection_ != nullptr && bytes > 0) connection_->consume(id_, bytes);
}

void H2Stream::reset(http::H2Code code) {
    if (connection_ != nullptr && state_ == State::submitted) connection_->reset(id_, code);
    let_go();
    if (!error_ && !peer_ended_)
        error_ = Error{.code = ErrorCode::canceled, .source = ErrorSource::upstream, .what = "reset"};
}

// --- told by the session ---

void H2Stream::head_arrived(std::unique_ptr<http::H2Response> head) {
    const bool interim = head->head.status < 200;
    (interim ? head_ : final_head_) = std::move(head);
    changed_.set();
}

void H2Stream::data_arrived(std::string_view bytes) {
    in.append(bytes);
    changed_.set();
}

void H2Stream::end_arrived(std::unique_ptr<http::H2Trailers> trailers) {
    peer_ended_ = true;
    trailers_ = std::move(trailers);
    changed_.set();
}

void H2Stream::piece_taken() {
    offered_ = false;
    taken_.set();
}

void H2Stream::stream_closed(const http::H2Closed& how) {
    // after its whole response an endpoint may reset a stream, to have no more of the request (RFC 9113 8.1)
    if (!peer_ended_) {
        error_ = error_of(how, *connection_);
        unprocessed_ = how.unprocessed;
    }
    let_go();
    changed_.set();
    taken_.set();
}

}   // namespace gatehouse::upstream
