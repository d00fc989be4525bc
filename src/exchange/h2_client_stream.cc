#include "exchange/h2_client_stream.h"

#include "exchange/h2_connection.h"
#include "exchange/response.h"
#include "exchange/stream_tunnel.h"

namespace gatehouse::exchange {

using loop::Task;

H2ClientStream::H2ClientStream(H2Connection& connection, http::StreamId id,
                               std::unique_ptr<http::H2Request> head)
    : request(std::move(head)), connection_(connection), id_(id) {}

H2ClientStream::~H2ClientStream() = default;

void H2ClientStream::watch(loop::Strand* strand) {
    if (strand == nullptr) interruption_.unlink();   // withdrawn
    watching_ = strand;
    if (strand != nullptr && is_gone()) strand->interrupt(interruption_);
}

Failure H2ClientStream::gone() const {
    const bool is_reset = closed_->by == http::H2Closed::By::peer;
    return fail(is_reset ? ErrorCode::reset : ErrorCode::closed,
                is_reset ? "client reset the stream" : closed_->why, ErrorSource::client);
}

void H2ClientStream::inform(int status, const http::Fields& fields) {
    connection_.session().inform(id_, status, fields);
    connection_.wake_writer();
}

void H2ClientStream::respond(int status, const http::Fields& fields, bool ends) {
    connection_.session().respond(id_, status, fields, ends);
    answered_ = ends;
    connection_.wake_writer();
}

Task<Result<>> H2ClientStream::send(std::string_view piece, bool last, net::Duration timeout,
                                    BodySource* source) {
    if (is_gone()) co_return gone();
    source_ = source;
    offered_ = true;
    taken_.clear();
    connection_.session().offer(id_, piece, last);
    connection_.wake_writer();
    if (connection_.is_blocked()) hold_up();
    while (offered_ && !closed_) {
        const auto waited = co_await wait_until_taken(timeout);
        if (waited || !offered_ || closed_) continue;
        source_ = nullptr;
        reset(http::H2Code::cancel);   // the piece is the caller's again
        co_return waited;
    }
    source_ = nullptr;
    if (is_gone()) co_return gone();
    if (last) answered_ = true;
    co_return Result<>();
}

Task<Result<>> H2ClientStream::send_trailers(const http::Fields& fields, net::Duration timeout) {
    if (is_gone()) co_return gone();
    taken_.clear();
    connection_.session().offer_trailers(id_, fields);
    connection_.wake_writer();
    while (!closed_) {   // which follows at once
        const auto waited = co_await wait_until_taken(timeout);
        if (waited || closed_) continue;
        reset(http::H2Code::cancel);
        co_return waited;
    }
    if (is_gone()) co_return gone();
    answered_ = true;
    co_return Result<>();
}

// The time limit is that of a client that opens its windows no further. Where other streams or the connection
// keep the piece here, that of the connection's writes holds.
Task<Result<>> H2ClientStream::wait_until_taken(net::Duration timeout) {
    const auto& session = connection_.session();
    while (true) {
        const auto left = session.left_of_piece(id_);
        const auto waited = co_await taken_.wait(timeout);
        const bool is_taken = taken_.is_set();   // perhaps in the turn in which the time was up
        taken_.clear();
        if (is_taken) co_return Result<>();
        const bool is_late = waited.error().code == ErrorCode::timed_out;
        if (is_late && (!session.is_stalled(id_) || session.left_of_piece(id_) < left)) continue;
        co_return fail(waited.error().code, "write", ErrorSource::client);
    }
}

void H2ClientStream::reset(http::H2Code code) {
    if (closed_) return;
    closed_ = http::H2Closed{http::H2Closed::By::session, code, false, "the stream was reset by the gateway"};
    connection_.session().reset(id_, code);
    connection_.wake_writer();
}

void H2ClientStream::strand_ended() {
    strand_ended_ = true;
    if (!answered_) reset(http::H2Code::internal_error);
    const auto left = in.size() + behind_.size();
    in.release();
    behind_.release();
    if (left > 0) consumed(left);
}

void H2ClientStream::hold_up() {
    if (offered_ && source_ != nullptr) source_->client_is_slow();
}

Task<Result<>> H2ClientStream::fill(net::Duration timeout) {
    const auto bytes = in.size();
    while (in.size() == bytes && !ended_) {
        if (closed_) co_return gone();
        arrived_.clear();
        auto waited = co_await arrived_.wait(timeout);
        if (!waited) {
            waited.error().source = ErrorSource::client;
            co_return waited;
        }
    }
    co_return Result<>();
}

void H2ClientStream::consumed(std::size_t bytes) {
    connection_.session().consume(id_, bytes);
    connection_.wake_writer();
    if (!in.empty()) return;
    in.release();
    in.swap(behind_);
}

void H2ClientStream::ask_to_continue() { inform(100, {}); }

void H2ClientStream::data_arrived(std::string_view bytes) {
    if (strand_ended_) return consumed(bytes.size());
    (in.empty() ? in : behind_).append(bytes);
    arrived_.set();
}

void H2ClientStream::end_arrived(std::unique_ptr<http::H2Trailers> trailers) {
    ended_ = true;
    trailers_ = std::move(trailers);
    arrived_.set();
}

void H2ClientStream::piece_taken() {
    offered_ = false;
    taken_.set();
}

void H2ClientStream::stream_closed(const http::H2Closed& how) {
    closed_ = how;
    arrived_.set();
    taken_.set();
    if (watching_ != nullptr && is_gone()) watching_->interrupt(interruption_);
    connection_.stream_closed(*this, how);
}

}   // namespace gatehouse::exchange
