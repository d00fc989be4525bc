#include "exchange/handlers/h2_attempt.h"

#include "exchange/h2_client_stream.h"
#include "exchange/handlers/forward_request.h"
#include "exchange/handlers/h2_body.h"
#include "exchange/handlers/upstream_socket.h"
#include "exchange/worker_state.h"

#include <cerrno>

namespace gatehouse::exchange {

using loop::Task;

H2Attempt::H2Attempt(const AttemptSettings& settings, upstream::EndpointLease lease, bool afresh)
    : Attempt(settings, std::move(lease)), afresh_(afresh) {}

std::unique_ptr<UpstreamBody> H2Attempt::open_body() {
    return std::make_unique<H2Body>(stream_, handler_.read_timeout);
}

// The connection outlives this exchange: what it needs goes with the wish.
upstream::H2Wish H2Attempt::wish() const {
    const auto options = socket_options(exchange_, handler_);
    auto& worker = exchange_.client.worker;
    upstream::H2Wish wish;
    wish.endpoint = lease_.shared();
    wish.context = tls_.context;
    wish.name = std::string(tls_.name);
    wish.sends_name = tls_.sends_name;
    wish.keepalive = service_.keepalive;
    wish.connect_timeout = handler_.connect_timeout;
    wish.is_shared = !options.source;
    wish.is_fresh = afresh_;
    wish.make_socket = [&worker, options](int family) -> Result<int> {
        auto& backend = worker.loop.backend();
        int fd = backend.socket(family, SOCK_STREAM);
        if (fd == -EMFILE && worker.shed_idle()) fd = backend.socket(family, SOCK_STREAM);
        if (fd < 0) return fail_errno(-fd, "socket", ErrorSource::internal);
        if (family != AF_UNIX) backend.set_option(fd, loop::SocketOption::no_delay, 1);
        if (const auto prepared = prepare_socket(backend, options, fd, family); !prepared) {
            backend.close(fd);
            return Failure(prepared.error());
        }
        return fd;
    };
    return wish;
}

Task<Result<>> H2Attempt::begin() {
    auto& worker = exchange_.client.worker;
    worker.h2_pool.enter(stream_, wish());
    const auto admitted = co_await stream_.admitted();
    if (!admitted) {
        tls_failed_ = admitted.error().code == ErrorCode::malformed;
        const bool struck = admitted.error().source != ErrorSource::upstream;   // this exchange's wait ended
        if (struck && admitted.error().code == ErrorCode::closed && exchange_.client_is_gone())
            co_return fail(ErrorCode::closed, "client closed the connection", ErrorSource::client);
        co_return admitted;
    }
    reused_ = stream_.was_reused();
    record().connect_time = reused_ ? loop::Duration::zero() : worker.loop.now() - started_;
    co_return Result<>();
}

Result<> H2Attempt::send_head() {
    const RequestFramingPlan plan = plan_framing();
    const auto method = handler_.method.empty() ? exchange_.method_text : exchange_.render(handler_.method);
    sent_method_ = http::parse_method(method);
    H2ForwardHead head = h2_forward_head(exchange_, handler_, uri_, plan);
    head.outgoing.method = method;
    head.outgoing.scheme = tls_.context == nullptr ? "http" : "https";
    head.outgoing.fields = &head.fields;
    head.outgoing.ends = !plan.has_body || plan.length == 0;
    const auto sent = stream_.submit(head.outgoing);
    if (!sent) return sent;
    request_sent_ = true;
    record().bytes_sent += head.bytes;
    upload_done_ = head.outgoing.ends;
    if (!upload_done_) uploads_.spawn(upload(*this));
    return {};
}

Task<void> H2Attempt::upload(H2Attempt& attempt) {
    Result<> result;
    if (attempt.body_.is_whole()) {
        result = co_await attempt.upload_stored();
    } else {
        result = co_await attempt.upload_streamed();
    }
    attempt.upload_ended(result);
}

Task<Result<>> H2Attempt::send_piece(std::string_view piece, bool last) {
    const auto sent = co_await stream_.send(piece, last, handler_.send_timeout);
    if (sent) record().bytes_sent += piece.size();
    co_return sent;
}

Task<Result<>> H2Attempt::upload_stored() {
    Buffer part;
    std::uint64_t offset = 0;
    while (body_.in_file()) {
        const auto got = body_.read_file(offset, part);
        if (!got) co_return Failure(got.error());
        if (*got == 0) break;
        offset += *got;
        const auto sent = co_await send_piece(part.view(), offset == body_.bytes());
        if (!sent || offset == body_.bytes()) co_return sent;
        part.clear();
    }
    co_return co_await send_piece(body_.in_memory(), true);
}

Task<Result<>> H2Attempt::upload_streamed() {
    while (true) {
        const auto piece = co_await exchange_.body.next();
        if (!piece) co_return Failure(piece.error());
        const bool at_end = piece->empty() || exchange_.body.done();
        const auto* trailers = at_end && exchange_.stream != nullptr && handler_.pass_trailers
                                   ? exchange_.stream->request_trailers()
                                   : nullptr;
        const bool has_trailers = trailers != nullptr && !trailers->empty();
        if (!piece->empty() || !has_trailers) {
            const auto sent = co_await send_piece(*piece, at_end && !has_trailers);
            if (!sent) co_return sent;
        }
        if (has_trailers) stream_.send_trailers(*trailers);
        if (at_end) co_return Result<>();
    }
}

// Its texts are copied: the response's memory goes with the stream.
void H2Attempt::take_head(const http::H2Response& response) {
    record().bytes_received += response.bytes;
    head_ = http::ResponseHead();
    head_.version = response.head.version;
    head_.status = response.head.status;
    for (const auto& field : response.head.fields) {
        auto copy = field;
        copy.name = exchange_.keep(field.name);
        copy.value = exchange_.keep(field.value);
        head_.fields.add(exchange_.arena(), copy);
    }
    framing_ = response.framing;
}

Task<Result<>> H2Attempt::read_head() {
    while (true) {
        if (client_failed()) co_return upload_result_;
        const bool was_uploading = !upload_done_;
        auto response = co_await stream_.head(handler_.read_timeout);
        if (client_failed()) co_return upload_result_;
        if (!response) {
            const auto& error = response.error();
            // the endpoint's time for an answer begins when it has the whole request (nginx)
            const bool too_early = was_uploading && error.code == ErrorCode::timed_out;
            if (too_early && !stream_.has_failed()) continue;
            if (error.code == ErrorCode::closed && exchange_.client_is_gone())
                co_return fail(ErrorCode::closed, "client closed the connection", ErrorSource::client);
            invalid_head_ = error.code == ErrorCode::malformed;
            co_return Failure(error);
        }
        take_head(**response);
        if (head_.status >= 200) break;
        if (head_.status != 100) co_await pass_on_interim();
    }
    record().header_time = exchange_.client.worker.loop.now() - started_;
    record().status = head_.status;
    const bool has_all = upload_done_ && stream_.peer_ended() && stream_.trailers() == nullptr;
    is_whole_ = has_all && framing_.kind != http::BodyKind::until_close;
    if (is_whole_) {
        head_bytes_ = std::move(stream_.in);
        arrived_ = head_bytes_.view();
        record().bytes_received += arrived_.size();
    }
    co_return Result<>();
}

Task<Result<>> H2Attempt::run() {
    waiting_ = &(co_await loop::this_strand());
    auto result = co_await begin();
    if (result) result = send_head();
    if (result) result = co_await read_head();
    if (result) co_return result;
    unprocessed_ = stream_.is_unprocessed();
    if (unprocessed_) request_sent_ = false;
    if (result.error().code != ErrorCode::closed) reused_ = false;   // not the connection's age is to blame
    co_await uploads_.close();
    stream_.reset(http::H2Code::cancel);
    lease_.release();
    co_return result;
}

Task<void> H2Attempt::finish(bool clean) {
    if (!uploads_.empty()) return stop_upload(clean);
    give_back(clean);
    return {};
}

Task<void> H2Attempt::stop_upload(bool clean) {
    co_await uploads_.close();   // an answer that came early needs no more of the body
    give_back(clean);
}

void H2Attempt::give_back(bool clean) {
    stream_.reset(clean ? http::H2Code::no_error : http::H2Code::cancel);   // if it is not over
    lease_.release();
}

}   // namespace gatehouse::exchange
