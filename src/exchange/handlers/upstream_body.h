#pragma once
// The body of an endpoint's response as a source: decoded by its framing, read no faster than it is taken.
// When it ended cleanly and completely the connection may serve again; `connection_reusable` says so.

#include "exchange/response.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "upstream/pool.h"

namespace gatehouse::exchange {

class UpstreamBody final : public BodySource {
public:
    // `arrived`: what was read behind the head; its memory belongs to the caller and outlives this.
    UpstreamBody(upstream::Connection& connection, const http::Framing& framing, std::string_view arrived,
                 net::Duration read_timeout, Arena& arena);

    // proxy_limit_rate: from now on no more bytes a second are passed on, but a second's worth in advance. No
    // more than a buffer is read ahead.
    void limit(loop::Loop& loop, std::uint64_t bytes_a_second) {
        loop_ = &loop;
        rate_ = bytes_a_second;
        started_ = loop.now();
    }
    loop::Task<Result<std::string_view>> next() override;
    [[nodiscard]] bool ended() const override { return done_ && pending_.empty(); }
    [[nodiscard]] const http::Fields* trailers() const override {
        return done_ && passes_trailers_ ? &trailers_ : nullptr;
    }
    void drop_trailers() { passes_trailers_ = false; }

    // The memory behind what was handed out and what has arrived; the next read takes fresh memory.
    [[nodiscard]] Buffer detach_buffer() { return std::move(connection_.in); }

    [[nodiscard]] bool connection_reusable() const {
        return done_ && framing_.kind != http::BodyKind::until_close && input_.empty();
    }
    [[nodiscard]] bool has_arrived() const override { return !input_.empty() || !pending_.empty() || done_; }
    [[nodiscard]] bool has_nothing_arrived() const { return input_.empty() && pending_.empty(); }
    [[nodiscard]] std::uint64_t received() const { return received_; }       // decoded bytes
    [[nodiscard]] std::uint64_t wire_bytes() const { return wire_bytes_; }   // read after the head's bytes

private:
    Result<std::string_view> take_arrived();
    Result<std::string_view> take_chunk();
    loop::Task<Result<std::string_view>> take_limited();

    upstream::Connection& connection_;
    const http::Framing framing_;
    std::string_view input_;     // read, not yet decoded: behind the head, or in connection_.in
    std::string_view pending_;   // decoded while looking whether the body ends behind the piece before
    net::Duration read_timeout_;
    Arena& arena_;
    http::ChunkedDecoder decoder_;
    http::Fields trailers_;
    std::uint64_t received_ = 0, wire_bytes_ = 0;
    bool done_ = false;
    bool passes_trailers_ = true;
    loop::Loop* loop_ = nullptr;
    std::uint64_t rate_ = 0;    // bytes a second; 0: no limit
    std::uint64_t taken_ = 0;   // with framing, since `started_`
    loop::TimePoint started_;
};

}   // namespace gatehouse::exchange
