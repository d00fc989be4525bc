#include "exchange/handlers/h1_attempt.h"

#include "base/text.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/h1_body.h"
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
constexpr std::size_t most_response_fields = 1000;

bool says_close(Exchange& exchange, const model::ForwardHandler& handler) {
    return std::ranges::any_of(handler.set_headers.edits(), [&](const auto& edit) {
        return edit.id == http::FieldId::connection && !edit.value.empty() &&
               contains_ignoring_case(exchange.render(edit.value), "close");
    });
}

}   // namespace

H1Attempt::H1Attempt(const AttemptSettings& settings, upstream::EndpointLease lease, bool afresh)
    : Attempt(settings, std::move(lease)),
      keeps_alive_(!handler_.http_1_0 && handler_.bind_address.empty() &&
                   service_.keepalive.idle_connections > 0 && !says_close(exchange_, handler_)),
      afresh_(afresh || !handler_.bind_address.empty()) {}

std::unique_ptr<UpstreamBody> H1Attempt::open_body() {
    return std::make_unique<H1Body>(*connection_, framing_, arrived_, handler_.read_timeout,
                                    exchange_.arena());
}

Task<Result<>> H1Attempt::connect() {
    if (!afresh_) connection_ = exchange_.client.worker.pool.take(*lease_, tls_.context.get(), tls_.name);
    if (connection_ == nullptr) return connect_anew();
    reused_ = true;
    record().connect_time = loop::Duration::zero();
    return Result<>();
}

Task<Result<>> H1Attempt::connect_anew() {
    auto& worker = exchange_.client.worker;
    const auto options = socket_options(exchange_, handler_);
    Result<> result = fail(ErrorCode::unresolved, "connect", ErrorSource::upstream);
    for (const auto& address : lease_->addresses) {
        int fd = worker.loop.backend().socket(address.family(), SOCK_STREAM);
        if (fd == -EMFILE && worker.shed_idle())
            fd = worker.loop.backend().socket(address.family(), SOCK_STREAM);
        if (fd < 0) co_return fail_errno(-fd, "socket", ErrorSource::internal);
        connection_ = std::make_unique<upstream::Connection>(worker.loop, fd, lease_.shared());
        connection_->opened = worker.loop.now();
        if (address.family() != AF_UNIX)
            worker.loop.backend().set_option(fd, loop::SocketOption::no_delay, 1);
        const auto prepared = prepare_socket(worker.loop.backend(), options, fd, address.family());
        if (!prepared) {
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
    if (tls_.context != nullptr) {
        result = co_await secure();
        if (!result) co_return result;
    }
    record().connect_time = worker.loop.now() - started_;
    co_return Result<>();
}

Task<Result<>> H1Attempt::secure() {
    auto begun =
        co_await begin_upstream_tls(exchange_.client.worker, *connection_, tls_, handler_.connect_timeout);
    if (!begun) {
        tls_failed_ = begun.error().code == ErrorCode::malformed;
        connection_ = nullptr;
    }
    co_return begun;
}

Task<Result<>> H1Attempt::send_body_piece(std::string_view piece, bool chunked) {
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

Task<Result<>> H1Attempt::upload_stored() {
    Buffer part;
    std::uint64_t offset = 0;
    loop::Share share(loop::bytes_per_turn);
    while (body_.in_file()) {
        const auto got = body_.read_file(offset, part);
        if (!got) co_return Failure(got.error());
        if (*got == 0) break;
        offset += *got;
        const auto written = co_await send_body_piece(part.view(), false);
        if (!written) co_return written;
        part.clear();
        if (const auto on = co_await share.spend(*got); !on) co_return on;
    }
    if (!body_.in_memory().empty()) co_return co_await send_body_piece(body_.in_memory(), false);
    co_return Result<>();
}

Task<Result<>> H1Attempt::upload_streamed() {
    const bool chunked = exchange_.body.framing().kind != http::BodyKind::length;
    loop::Share share(loop::bytes_per_turn);
    while (true) {
        const auto piece = co_await exchange_.body.next();
        if (!piece) co_return Failure(piece.error());
        if (piece->empty()) break;
        const auto written = co_await send_body_piece(*piece, chunked);
        if (!written) co_return Failure(blame_upstream(written.error()));
        if (const auto on = co_await share.spend(piece->size()); !on) co_return on;
    }
    if (chunked) co_return co_await connection_->stream.write(http::last_chunk, handler_.send_timeout);
    co_return Result<>();
}

Task<void> H1Attempt::upload(H1Attempt& attempt) {
    Result<> result;
    if (attempt.body_.is_whole()) {
        result = co_await attempt.upload_stored();
    } else {
        result = co_await attempt.upload_streamed();
    }
    attempt.upload_ended(result);
}

// The head, and a small body with it; a larger one is sent while the answer is awaited.
Task<Result<>> H1Attempt::send_request() {
    const RequestFramingPlan plan = plan_framing();
    sent_method_ =
        handler_.method.empty() ? exchange_.method : http::parse_method(exchange_.render(handler_.method));
    out_.clear();
    write_forward_head(exchange_, handler_, uri_, plan, keeps_alive_, out_);
    const bool is_inline = body_.is_whole() && !body_.in_file() && body_.bytes() <= inline_body_bytes;
    const std::string_view body = plan.has_body && is_inline ? body_.in_memory() : std::string_view();
    upload_done_ = !plan.has_body || is_inline;
    const std::array<std::string_view, 2> pieces{out_.view(), body};
    request_sent_ = true;
    const auto sent = connection_->stream.try_write(pieces);
    if (!sent) return Failure(blame_upstream(sent.error()));
    if (*sent < out_.size() + body.size()) return send_rest(body, *sent);
    request_was_sent(*sent);
    return Result<>();
}

Task<Result<>> H1Attempt::send_rest(std::string_view body, std::size_t sent) {
    const std::size_t of_head = std::min(sent, out_.size());
    const std::size_t bytes = out_.size() + body.size();
    const std::array<std::string_view, 2> pieces{out_.view().substr(of_head), body.substr(sent - of_head)};
    const auto written = co_await connection_->stream.write(pieces, handler_.send_timeout);
    if (!written) co_return Failure(blame_upstream(written.error()));
    request_was_sent(bytes);
    co_return Result<>();
}

void H1Attempt::request_was_sent(std::size_t bytes) {
    record().bytes_sent += bytes;
    out_.release();
    if (!upload_done_) uploads_.spawn(upload(*this));
}

H1Attempt::HeadStep H1Attempt::refuse_head(const http::HeadError& why) {
    invalid_head_ = true;
    head_result_ = Failure(http::as_error(why, ErrorSource::upstream));
    return HeadStep::failed;
}

// The head's bytes are kept where the parsed views point; what follows them is the beginning of the body.
H1Attempt::HeadStep H1Attempt::take_head(std::size_t consumed) {
    head_bytes_ = std::move(connection_->in);
    arrived_ = head_bytes_.view().substr(consumed);
    record().header_time = exchange_.client.worker.loop.now() - started_;
    record().status = head_.status;
    persistent_ = http::is_persistent(head_.version, head_.fields);
    const auto framing = http::response_framing(head_, sent_method_);
    if (!framing) return refuse_head(framing.error());
    framing_ = *framing;
    return HeadStep::complete;
}

H1Attempt::HeadStep H1Attempt::parse_head(http::ResponseParser& parser) {
    auto& in = connection_->in;
    while (true) {
        const auto progress = parser.parse(in.view(), exchange_.arena(), head_);
        if (progress.state == http::Progress::State::need_more) return HeadStep::need_more;
        if (progress.state == http::Progress::State::refused) return refuse_head(progress.error);
        if (head_.status >= 200 || head_.status == 101) return take_head(progress.consumed);
        interim_bytes_ = progress.consumed;
        if (head_.status != 100) return HeadStep::interim;
        skip_interim(parser);
    }
}

// The final response follows.
void H1Attempt::skip_interim(http::ResponseParser& parser) {
    connection_->in.consume(interim_bytes_);
    parser.reset();
    head_ = http::ResponseHead();
}

// What one read brought: bytes, or why there will be no head.
Result<> H1Attempt::take_read(const Result<std::size_t>& read) {
    if (client_failed()) return upload_result_;
    if (!read && read.error().code == ErrorCode::closed && exchange_.client_is_gone())
        return fail(ErrorCode::closed, "client closed the connection", ErrorSource::client);
    if (!read) return Failure(blame_upstream(read.error()));
    if (*read == 0)
        return fail(ErrorCode::closed, "upstream closed before its response", ErrorSource::upstream);
    if (record().bytes_received == 0) connection_->in.shrink();
    record().bytes_received += *read;
    return {};
}

Task<Result<>> H1Attempt::run() {
    waiting_ = &(co_await loop::this_strand());
    auto result = co_await connect();
    if (result) result = co_await send_request();
    http::ResponseParser parser({.start_line_bytes = handler_.header_buffer_bytes,
                                 .field_bytes = handler_.header_buffer_bytes,
                                 .head_bytes = handler_.header_buffer_bytes,
                                 .field_count = most_response_fields});
    HeadStep step = HeadStep::need_more;
    while (result && step == HeadStep::need_more) {
        if (client_failed()) {   // the upload may have failed before it first waited
            result = upload_result_;
            break;
        }
        auto& in = connection_->in;
        in.reserve(Buffer::large_bytes);
        const bool was_uploading = !upload_done_;
        const auto read = co_await connection_->stream.read(in, Buffer::large_bytes, handler_.read_timeout);
        // the endpoint's time for an answer begins when it has the whole request (nginx)
        const bool too_early = was_uploading && !read && read.error().code == ErrorCode::timed_out;
        if (too_early && !client_failed()) continue;
        result = take_read(read);
        if (!result) break;
        step = parse_head(parser);
        while (step == HeadStep::interim) {
            co_await pass_on_interim();
            skip_interim(parser);
            step = parse_head(parser);
        }
    }
    if (step == HeadStep::failed) result = head_result_;
    if (!result) {
        co_await uploads_.close();
        connection_ = nullptr;
        lease_.release();
    }
    co_return result;
}

Task<void> H1Attempt::finish(bool clean) {
    if (connection_ == nullptr) return {};
    if (!uploads_.empty()) return stop_upload(clean);
    give_back(clean);
    return {};
}

Task<void> H1Attempt::stop_upload(bool clean) {
    const bool uploaded = upload_done_;
    co_await uploads_.close();   // an answer that came early needs no more of the body
    give_back(clean && uploaded);
}

Task<H1Attempt::TakenOver> H1Attempt::hand_over() {
    co_await uploads_.close();
    co_return TakenOver{.connection = std::move(connection_), .lease = std::move(lease_)};
}

void H1Attempt::give_back(bool clean) {
    if (connection_ == nullptr) return;
    const bool uploaded = upload_done_ && upload_result_.has_value();
    if (clean && uploaded && persistent_ && framing_.reusable && keeps_alive_) {
        connection_->in.release();   // nothing unread is in there
        exchange_.client.worker.pool.give(std::move(connection_), service_.keepalive);
    }
    connection_ = nullptr;
    lease_.release();
}

}   // namespace gatehouse::exchange
