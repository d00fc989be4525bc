#pragma once
// An attempt over HTTP/1: on a kept connection or one made for it. The connection is closed unless it is
// taken over.

#include "exchange/handlers/attempt.h"
#include "http/h1_parser.h"
#include "upstream/pool.h"

namespace gatehouse::exchange {

class H1Attempt final : public Attempt {
public:
    // `afresh`: on a connection of its own; after a kept one proved stale, the others may be as old.
    H1Attempt(const AttemptSettings& settings, upstream::EndpointLease lease, bool afresh);

    loop::Task<Result<>> run() override;
    [[nodiscard]] std::unique_ptr<UpstreamBody> open_body() override;
    [[nodiscard]] bool has_whole_response() const override {
        return upload_done_ &&
               (framing_.kind == http::BodyKind::none ||
                (framing_.kind == http::BodyKind::length && arrived_.size() >= framing_.length));
    }
    [[nodiscard]] bool is_uploading() const override { return !uploads_.empty(); }
    loop::Task<void> finish(bool clean) override;
    void give_back(bool clean) override;
    [[nodiscard]] H1Attempt* over_http_1() override { return this; }

    [[nodiscard]] upstream::Connection& connection() { return *connection_; }
    // After a 101: the connection is no HTTP/1.1 connection any more and never goes back to the pool. What
    // arrived() of it stays here.
    struct TakenOver {
        upstream::ConnectionPtr connection;
        upstream::EndpointLease lease;
    };
    loop::Task<TakenOver> hand_over();

private:
    enum class HeadStep : std::uint8_t { need_more, interim, complete, failed };

    loop::Task<Result<>> connect();
    loop::Task<Result<>> connect_anew();
    loop::Task<Result<>> secure();
    loop::Task<Result<>> send_request();
    loop::Task<Result<>> send_rest(std::string_view body, std::size_t sent);
    void request_was_sent(std::size_t bytes);
    Result<> take_read(const Result<std::size_t>& read);
    HeadStep parse_head(http::ResponseParser& parser);
    void skip_interim(http::ResponseParser& parser);
    loop::Task<void> stop_upload(bool clean);
    static loop::Task<void> upload(H1Attempt& attempt);
    loop::Task<Result<>> upload_stored();
    loop::Task<Result<>> upload_streamed();
    loop::Task<Result<>> send_body_piece(std::string_view piece, bool chunked);
    HeadStep take_head(std::size_t consumed);
    HeadStep refuse_head(const http::HeadError& why);

    upstream::ConnectionPtr connection_;
    Result<> head_result_;
    const bool keeps_alive_;   // what is sent allows another request on the connection
    bool persistent_ = false;
    const bool afresh_;
    std::size_t interim_bytes_ = 0;   // of the interim head in connection_->in
    Buffer out_;
};

}   // namespace gatehouse::exchange
