#include "exchange/handlers/attempt.h"

#include "base/text.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/upstream_socket.h"
#include "exchange/worker_state.h"
#include "http/chunked.h"
#include "http/h1_writer.h"
#include "log/error_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gatehouse::exchange {
namespace {

using loop::Task;

// A body this small goes out with the head in one call, before the answer is awaited.
constexpr std::size_t inline_body_bytes = 16 * 1024;

Error blame_upstream(Error error) {
    error.source = ErrorSource::upstream;
    return error;
}

bool says_close(Exchange& exchange, const model::ForwardHandler& handler) {
    return std::ranges::any_of(handler.set_headers, [&](const auto& edit) {
        return edit.id == http::FieldId::connection &&
               contains_ignoring_case(exchange.render(edit.value), "close");
    });
}

}   // namespace

Attempt::Attempt(Exchange& exchange, const model::ForwardHandler& handler, const model::Service& service,
                 upstream::EndpointLease lease, StoredBody& body, std::string_view uri)
    : exchange_(exchange),
      handler_(handler),
      service_(service),
      lease_(std::move(lease)),
      endpoint_(lease_.shared()),
      body_(body),
      uri_(uri),
      record_(exchange.attempts.size()),
      started_(exchange.client.worker.loop.now()),
      uploads_(exchange.client.worker.loop) {
    const bool after_redirect = record_ > 0 && exchange.attempts_before_redirect == record_;
    auto& record_of = exchange.attempts.emplace_back();
    record_of.address = exchange.keep(lease_->text);
    record_of.after_redirect = after_redirect;
}

Attempt::~Attempt() { record().response_time = exchange_.client.worker.loop.now() - started_; }

bool Attempt::keeps_alive() const {
    return !handler_.http_1_0 && handler_.bind_address.empty() && service_.keepalive.idle_connections > 0 &&
           !says_close(exchange_, handler_);
}

Task<Result<>> Attempt::connect() {
    auto& worker = exchange_.client.worker;
    if (!afresh_ && handler_.bind_address.empty()) connection_ = worker.pool.take(*endpoint_);
    if (connection_ != nullptr) {
        reused_ = true;
        record().connect_time = loop::Duration::zero();
        co_return Result<>();
    }
    Result<> result = fail(ErrorCode::unresolved, "connect", ErrorSource::upstream);
    for (const auto& address : endpoint_->addresses) {
        int fd = worker.loop.backend().socket(address.family(), SOCK_STREAM);
        if (fd == -EMFILE && worker.shed_idle())
            fd = worker.loop.backend().socket(address.family(), SOCK_STREAM);
        if (fd < 0) co_return fail_errno(-fd, "socket", ErrorSource::internal, Retry::never);
        connection_ = std::make_unique<upstream::Connection>(worker.loop, fd, endpoint_);
        connection_->opened = worker.loop.now();
        if (address.family() != AF_UNIX)
            worker.loop.backend().set_option(fd, loop::SocketOption::no_delay, 1);
        if (handler_.socket_keepalive)
            worker.loop.backend().set_option(fd, loop::SocketOption::keep_alive, 1);
        if (const auto prepared = prepare_socket(exchange_, handler_, fd, address.family()); !prepared) {
            connection_ = nullptr;
            co_return prepared;
        }
        result = co_await connection_->stream.connect(address, handler_.connect_timeout);
        if (result || result.error().code == ErrorCode::canceled || exchange_.client_is_gone()) break;
    }
    if (!result) {
        connection_ = nullptr;
        co_return Failure(blame_upstream(result.error()));
    }
    record().connect_time = worker.loop.now() - started_;
    co_return Result<>();
}

Task<Result<>> Attempt::send_body_piece(std::string_view piece, bool chunked) {
    std::array<char, http::chunk_head_bytes> head;
    std::array<std::string_view, 3> pieces{std::string_view(), piece, std::string_view()};
    if (chunked) {
        pieces[0] = {head.data(), http::write_chunk_head(head, piece.size())};
        pieces[2] = http::chunk_end;
    }
    const auto written = co_await connection_->stream.write(pieces, handler_.send_timeout);
    record().bytes_sent += pieces[0].size() + piece.size() + pieces[2].size();
    co_return written;
}

Task<Result<>> Attempt::upload_stored() {
    Buffer part;
    std::uint64_t offset = 0;
    while (body_.in_file()) {
        const auto got = body_.read_file(offset, part);
        if (!got) co_return Failure(got.error());
        if (*got == 0) break;
        offset += *got;
        const auto written = co_await send_body_piece(part.view(), false);
        if (!written) co_return written;
        part.clear();
    }
    if (!body_.in_memory().empty()) co_return co_await send_body_piece(body_.in_memory(), false);
    co_return Result<>();
}

Task<Result<>> Attempt::upload_streamed() {
    const bool chunked = exchange_.body.framing().kind == http::BodyKind::chunked;
    while (true) {
        const auto piece = co_await exchange_.body.next();
        if (!piece) co_return Failure(piece.error());
        if (piece->empty()) break;
        const auto written = co_await send_body_piece(*piece, chunked);
        if (!written) co_return Failure(blame_upstream(written.error()));
    }
    if (chunked) co_return co_await connection_->stream.write(http::last_chunk, handler_.send_timeout);
    co_return Result<>();
}

Task<void> Attempt::upload(Attempt& attempt) {
    if (attempt.body_.is_whole()) {
        attempt.upload_result_ = co_await attempt.upload_stored();
    } else {
        attempt.upload_result_ = co_await attempt.upload_streamed();
    }
    attempt.upload_done_ = true;
    // A client that fails in the middle of its body ends the attempt; an endpoint that stops reading may
    // still answer. A cancelled upload says nothing about anybody.
    const bool canceled =
        !attempt.upload_result_ && attempt.upload_result_.error().code == ErrorCode::canceled;
    if (attempt.client_failed() && !canceled) attempt.waiting_->interrupt(ErrorCode::closed);
}

Task<Result<>> Attempt::send_request() {
    RequestFramingPlan plan;
    const bool streamed = !body_.is_whole();
    plan.has_body = streamed ? exchange_.body.announced() && handler_.pass_body
                             : body_.bytes() > 0 || body_.is_announced();
    if (plan.has_body && !streamed) plan.length = body_.bytes();
    if (plan.has_body && streamed && exchange_.body.framing().kind == http::BodyKind::length) {
        plan.length = exchange_.body.framing().length;
    }
    sent_method_ =
        handler_.method.empty() ? exchange_.method : http::parse_method(exchange_.render(handler_.method));
    out_.clear();
    write_forward_head(exchange_, handler_, uri_, plan, keeps_alive(), out_);
    const bool inline_body =
        plan.has_body && !streamed && !body_.in_file() && body_.bytes() <= inline_body_bytes;
    const std::array<std::string_view, 2> pieces{out_.view(),
                                                 inline_body ? body_.in_memory() : std::string_view()};
    request_sent_ = true;
    const auto written = co_await connection_->stream.write(pieces, handler_.send_timeout);
    if (!written) co_return Failure(blame_upstream(written.error()));
    record().bytes_sent += pieces[0].size() + pieces[1].size();
    out_.release();
    if (plan.has_body && !inline_body) {
        upload_done_ = false;
        uploads_.spawn(upload(*this));
    }
    co_return Result<>();
}

// The head's bytes are kept where the parsed views point; what follows them is the beginning of the body.
Result<> Attempt::take_head(std::size_t consumed) {
    head_bytes_ = std::move(connection_->in);
    arrived_ = head_bytes_.view().substr(consumed);
    record().header_time = exchange_.client.worker.loop.now() - started_;
    record().status = head_.status;
    persistent_ = http::is_persistent(head_.version, head_.fields);
    const auto framing = http::response_framing(head_, sent_method_);
    if (!framing) {
        invalid_head_ = true;
        return Failure(http::as_error(framing.error(), ErrorSource::upstream));
    }
    framing_ = *framing;
    return {};
}

Task<Result<>> Attempt::read_head() {
    http::ResponseParser parser({.start_line_bytes = handler_.header_buffer_bytes,
                                 .field_bytes = handler_.header_buffer_bytes,
                                 .head_bytes = handler_.header_buffer_bytes,
                                 .field_count = 1000});
    auto& in = connection_->in;
    in.reserve(Buffer::large_bytes);
    while (true) {
        if (client_failed()) co_return upload_result_;   // the upload may have failed before it first waited
        const auto read = co_await connection_->stream.read(in, Buffer::large_bytes, handler_.read_timeout);
        if (client_failed()) co_return upload_result_;
        if (!read && read.error().code == ErrorCode::closed && exchange_.client_is_gone()) {
            co_return fail(ErrorCode::closed, "client closed the connection", ErrorSource::client);
        }
        if (!read) co_return Failure(blame_upstream(read.error()));
        if (*read == 0)
            co_return fail(ErrorCode::closed, "upstream closed before its response", ErrorSource::upstream);
        record().bytes_received += *read;
        while (true) {
            const auto progress = parser.parse(in.view(), exchange_.arena(), head_);
            if (progress.state == http::Progress::State::need_more) break;
            if (progress.state == http::Progress::State::refused) {
                invalid_head_ = true;
                co_return Failure(http::as_error(progress.error, ErrorSource::upstream));
            }
            if (head_.status >= 200 || head_.status == 101) co_return take_head(progress.consumed);
            if (head_.status != 100) co_await pass_on_interim();
            in.consume(progress.consumed);   // the final response follows
            parser.reset();
            head_ = http::ResponseHead();
        }
    }
}

// RFC 9110 15.2: interim responses other than the 100 we asked for go on to a client that knows them.
Task<void> Attempt::pass_on_interim() {
    if (exchange_.request.version != http::Version::http_1_1) co_return;
    Buffer out;
    http::HeadWriter writer(out);
    writer.status_line(http::Version::http_1_1, head_.status, head_.reason);
    const http::HopByHop hop_by_hop(head_.fields);
    for (const auto& field : head_.fields) {
        if (!hop_by_hop.ends_here(field)) writer.field(field);
    }
    writer.end();
    // a failure shows again, and is dealt with, when the final response is written
    [[maybe_unused]] const auto written =
        co_await exchange_.client.stream.write(out.view(), exchange_.route->send_timeout);
}

Task<Result<>> Attempt::run() {
    waiting_ = &(co_await loop::this_strand());
    auto result = co_await connect();
    if (result) result = co_await send_request();
    if (result) result = co_await read_head();
    if (!result) {
        co_await uploads_.close();
        connection_ = nullptr;
        lease_.release();
    }
    co_return result;
}

Task<void> Attempt::finish(bool clean) {
    if (connection_ == nullptr) co_return;
    const bool uploaded = upload_done_ && upload_result_.has_value();
    co_await uploads_.close();   // an answer that came early needs no more of the body
    if (clean && uploaded && persistent_ && framing_.reusable && keeps_alive()) {
        connection_->in.release();   // nothing unread is in there
        exchange_.client.worker.pool.give(std::move(connection_), service_.keepalive);
    }
    connection_ = nullptr;
    lease_.release();
}

}   // namespace gatehouse::exchange
