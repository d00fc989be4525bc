#pragma once
// The body of a response over HTTP/2, from its stream. What was handed out is charged to the stream's window
// until the next piece is asked for.

#include "base/arena.h"
#include "exchange/handlers/upstream_body.h"
#include "upstream/h2_stream.h"

namespace gatehouse::exchange {

class H2Body final : public UpstreamBody {
public:
    // `stream` outlives this.
    H2Body(upstream::H2Stream& stream, loop::Duration read_timeout)
        : stream_(stream), read_timeout_(read_timeout) {}

    loop::Task<Result<std::string_view>> next() override;
    [[nodiscard]] bool ended() const override { return stream_.peer_ended() && has_nothing_more(); }
    [[nodiscard]] const http::Fields* trailers() const override {
        return passes_trailers_ && ended() ? stream_.trailers() : nullptr;
    }
    [[nodiscard]] Buffer detach_buffer() override { return std::move(held_); }
    [[nodiscard]] bool connection_reusable() const override { return ended(); }
    [[nodiscard]] bool has_arrived() const override {
        return !has_nothing_more() || stream_.peer_ended() || stream_.has_failed();
    }
    [[nodiscard]] bool has_nothing_arrived() const override { return rest_.empty(); }

private:
    [[nodiscard]] bool has_nothing_more() const { return rest_.empty() && stream_.in.empty(); }
    void let_go();   // of the piece handed out last

    upstream::H2Stream& stream_;
    const loop::Duration read_timeout_;
    Buffer held_;             // what was handed out, and the rest
    std::string_view rest_;   // held back by the limit
    std::size_t lent_ = 0;
};

}   // namespace gatehouse::exchange
