#include "exchange/request_body.h"

#include <algorithm>
#include <utility>

namespace gatehouse::exchange {

void RequestBody::begin(net::Stream& stream, Buffer& in, const http::Framing& framing,
                        bool expects_continue) {
    stream_ = &stream;
    in_ = &in;
    framing_ = framing;
    done_ = !framing.has_body();
    expects_continue_ = expects_continue && !done_;
}

void RequestBody::begin(BodyFeed& feed, Buffer& in, const http::Framing& framing, bool expects_continue) {
    feed_ = &feed;
    in_ = &in;
    framing_ = framing;
    done_ = !framing.has_body();
    expects_continue_ = expects_continue && !done_;
}

void RequestBody::let_go() {
    const auto bytes = std::exchange(lent_, 0);
    in_->consume(bytes);
    if (feed_ != nullptr && bytes > 0) feed_->consumed(bytes);
}

bool RequestBody::is_at_end() const {
    if (framing_.kind == http::BodyKind::length) return received_ == framing_.length;
    return framing_.kind == http::BodyKind::until_close && feed_->ended() && in_->size() == lent_;
}

// The next payload of a chunked body in what has arrived; empty: none, or the end (done_).
Result<std::string_view> RequestBody::take_chunk() {
    while (!done_ && !in_->empty()) {
        const auto step = decoder_.step(in_->view());
        wire_bytes_ += step.consumed;
        switch (step.state) {
            case http::ChunkedDecoder::State::refused:
                return Failure(http::as_error(decoder_.error(), ErrorSource::client));
            case http::ChunkedDecoder::State::done: done_ = true; [[fallthrough]];
            case http::ChunkedDecoder::State::need_more: in_->consume(step.consumed); continue;
            case http::ChunkedDecoder::State::data: lent_ = step.consumed; return step.payload;
        }
    }
    return std::string_view();
}

// Decodes from what is in memory. An empty piece with done_ unset: more must be read first.
Result<std::string_view> RequestBody::take_arrived() {
    let_go();
    Result<std::string_view> piece = std::string_view();
    if (framing_.kind == http::BodyKind::chunked) {
        piece = take_chunk();
    } else if (!done_) {
        const bool bounded = framing_.kind == http::BodyKind::length;
        const std::uint64_t left = bounded ? framing_.length - received_ : in_->size();
        piece = in_->view().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, in_->size())));
        lent_ = piece->size();
        wire_bytes_ += lent_;
    }
    if (!piece) return piece;
    received_ += piece->size();
    if (is_at_end()) done_ = true;
    if (settings_.limit_bytes && received_ > *settings_.limit_bytes)
        return fail(ErrorCode::too_large, "client_max_body_size", ErrorSource::client);
    return piece;
}

loop::Task<Result<>> RequestBody::fill() {
    const bool is_asked_for = std::exchange(expects_continue_, false);
    if (feed_ != nullptr) {
        if (is_asked_for) feed_->ask_to_continue();
        co_return co_await feed_->fill(settings_.timeout);
    }
    if (is_asked_for) {
        const auto sent = co_await stream_->write("HTTP/1.1 100 Continue\r\n\r\n", settings_.timeout);
        if (!sent) co_return Failure(sent.error());
    }
    auto read = co_await stream_->read(*in_, Buffer::standard_bytes, settings_.timeout);
    if (read && *read == 0)
        co_return fail(ErrorCode::closed, "request body ended early", ErrorSource::client);
    if (!read) {
        read.error().source = ErrorSource::client;
        co_return Failure(read.error());
    }
    co_return Result<>();
}

loop::Task<Result<std::string_view>> RequestBody::next() {
    while (true) {
        const bool was_done = done_ && lent_ == 0;
        if (was_done) co_return std::string_view();
        auto piece = take_arrived();
        if (!piece || !piece->empty()) co_return piece;
        if (done_) co_return std::string_view();
        const auto filled = co_await fill();
        if (!filled) co_return Failure(filled.error());
    }
}

void RequestBody::discard_arrived() {
    while (!done_ || lent_ > 0) {
        const auto piece = take_arrived();
        if (!piece || (piece->empty() && in_->empty())) return;
    }
}

}   // namespace gatehouse::exchange
