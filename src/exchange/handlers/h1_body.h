#pragma once
// The body of a response over HTTP/1, read from its connection.

#include "exchange/handlers/upstream_body.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "upstream/pool.h"

namespace gatehouse::exchange {

class H1Body final : public UpstreamBody {
public:
    // `arrived`: what was read behind the head; its memory belongs to the caller and outlives this.
    H1Body(upstream::Connection& connection, const http::Framing& framing, std::string_view arrived,
           net::Duration read_timeout, Arena& arena);

    loop::Task<Result<std::string_view>> next() override;
    [[nodiscard]] bool ended() const override { return done_ && pending_.empty(); }
    [[nodiscard]] const http::Fields* trailers() const override {
        return done_ && passes_trailers_ ? &trailers_ : nullptr;
    }
    [[nodiscard]] Buffer detach_buffer() override { return std::move(connection_.in); }
    [[nodiscard]] bool connection_reusable() const override {
        return done_ && framing_.kind != http::BodyKind::until_close && input_.empty();
    }
    [[nodiscard]] bool has_arrived() const override { return !input_.empty() || !pending_.empty() || done_; }
    [[nodiscard]] bool has_nothing_arrived() const override { return input_.empty() && pending_.empty(); }

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
    bool done_ = false;
};

}   // namespace gatehouse::exchange
