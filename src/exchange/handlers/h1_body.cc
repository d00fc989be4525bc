#include "exchange/handlers/h1_body.h"

#include "exchange/rate_limit.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace gatehouse::exchange {

H1Body::H1Body(upstream::Connection& connection, const http::Framing& framing, std::string_view arrived,
               net::Duration read_timeout, Arena& arena)
    : connection_(connection),
      framing_(framing),
      input_(arrived),
      read_timeout_(read_timeout),
      arena_(arena) {
    done_ = !framing.has_body();
}

// The next payload in what has arrived; empty: none, or the end (done_).
Result<std::string_view> H1Body::take_chunk() {
    if (!pending_.empty()) return std::exchange(pending_, {});
    while (!done_ && !input_.empty()) {
        const auto step = decoder_.step(input_);
        input_.remove_prefix(step.consumed);
        switch (step.state) {
            case http::ChunkedDecoder::State::refused:
                return Failure(http::as_error(decoder_.error(), ErrorSource::upstream));
            case http::ChunkedDecoder::State::done:
                done_ = true;
                trailers_ = decoder_.trailers(arena_);
                break;
            case http::ChunkedDecoder::State::need_more: break;
            case http::ChunkedDecoder::State::data: return step.payload;
        }
    }
    return std::string_view();
}

Result<std::string_view> H1Body::take_arrived() {
    if (framing_.kind == http::BodyKind::chunked) {
        auto piece = take_chunk();
        if (!piece || piece->empty()) return piece;
        received_ += piece->size();
        // Look ahead: mostly the end of the body is here too, and can then be written with its last piece.
        auto after = take_chunk();
        if (after) pending_ = *after;
        return piece;
    }
    if (input_.empty()) return std::string_view();
    const bool bounded = framing_.kind == http::BodyKind::length;
    const auto left = bounded ? framing_.length - received_ : input_.size();
    const auto piece =
        input_.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, input_.size())));
    input_.remove_prefix(piece.size());
    received_ += piece.size();
    done_ = bounded && received_ == framing_.length;
    return piece;
}

// What came too early, with the head or in one read, waits for its time too.
loop::Task<Result<std::string_view>> H1Body::take_limited() {
    const auto allowed = co_await wait_for_allowance(*loop_, {started_, rate_}, taken_);
    if (!allowed) co_return Failure(allowed.error());
    const auto all = input_;
    const auto window =
        all.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*allowed, all.size())));
    input_ = window;
    auto piece = take_arrived();
    const auto used = window.size() - input_.size();
    input_ = all.substr(used);
    taken_ += used;
    co_return piece;
}

loop::Task<Result<std::string_view>> H1Body::next() {
    while (true) {
        if (done_ && pending_.empty()) co_return std::string_view();
        Result<std::string_view> piece = std::string_view();
        if (rate_ > 0 && !input_.empty()) {
            piece = co_await take_limited();
        } else {
            piece = take_arrived();
        }
        if (!piece || !piece->empty()) co_return piece;
        if (done_) co_return std::string_view();
        if (!input_.empty()) continue;   // no more was allowed
        auto& in = connection_.in;
        in.clear();
        in.reserve(Buffer::large_bytes);
        auto read = co_await connection_.stream.read(in, Buffer::large_bytes, read_timeout_);
        if (!read) {
            read.error().source = ErrorSource::upstream;
            co_return Failure(read.error());
        }
        wire_bytes_ += *read;
        input_ = in.view();
        if (*read > 0) continue;
        if (framing_.kind != http::BodyKind::until_close) {
            co_return fail(ErrorCode::closed, "upstream prematurely closed connection",
                           ErrorSource::upstream);
        }
        done_ = true;
    }
}

}   // namespace gatehouse::exchange
