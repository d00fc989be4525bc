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

// Decodes from what is in memory. An empty piece with done_ unset: more must be read first.
Result<std::string_view> RequestBody::take_arrived() {
    in_->consume(std::exchange(lent_, 0));
    while (!done_ && !in_->empty()) {
        std::string_view piece;
        if (framing_.kind == http::BodyKind::length) {
            const auto left = framing_.length - received_;
            piece =
                in_->view().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, in_->size())));
            lent_ = piece.size();
            wire_bytes_ += piece.size();
        } else {
            const auto step = decoder_.step(in_->view());
            wire_bytes_ += step.consumed;
            switch (step.state) {
                case http::ChunkedDecoder::State::refused:
                    return Failure(http::as_error(decoder_.error(), ErrorSource::client));
                case http::ChunkedDecoder::State::done: done_ = true; [[fallthrough]];
                case http::ChunkedDecoder::State::need_more: in_->consume(step.consumed); continue;
                case http::ChunkedDecoder::State::data: break;
            }
            piece = step.payload;
            lent_ = step.consumed;
        }
        received_ += piece.size();
        if (framing_.kind == http::BodyKind::length && received_ == framing_.length) done_ = true;
        if (settings_.limit_bytes && received_ > *settings_.limit_bytes) {
            return fail(ErrorCode::too_large, "client_max_body_size", ErrorSource::client);
        }
        return piece;
    }
    return std::string_view();
}

loop::Task<Result<>> RequestBody::fill() {
    if (expects_continue_) {
        expects_continue_ = false;
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
