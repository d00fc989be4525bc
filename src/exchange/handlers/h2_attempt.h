#pragma once
// An attempt over HTTP/2: a stream on a connection that the worker's exchanges share. The request's body and
// the response pass at the same time, and either may end first.

#include "exchange/handlers/attempt.h"
#include "upstream/h2_pool.h"

namespace gatehouse::exchange {

class H2Attempt final : public Attempt {
public:
    // `afresh`: on a connection that has served nobody yet.
    H2Attempt(const AttemptSettings& settings, upstream::EndpointLease lease, bool afresh);

    loop::Task<Result<>> run() override;
    [[nodiscard]] std::unique_ptr<UpstreamBody> open_body() override;
    [[nodiscard]] bool has_whole_response() const override { return is_whole_; }
    [[nodiscard]] bool is_uploading() const override { return !uploads_.empty(); }
    loop::Task<void> finish(bool clean) override;
    void give_back(bool clean) override;

private:
    [[nodiscard]] upstream::H2Wish wish() const;
    loop::Task<Result<>> begin();   // on a connection
    [[nodiscard]] Result<> send_head();
    loop::Task<Result<>> read_head();
    void take_head(const http::H2Response& response);
    loop::Task<void> stop_upload(bool clean);
    static loop::Task<void> upload(H2Attempt& attempt);
    loop::Task<Result<>> upload_stored();
    loop::Task<Result<>> upload_streamed();
    loop::Task<Result<>> send_piece(std::string_view piece, bool last);

    upstream::H2Stream stream_;
    const bool afresh_;
    bool is_whole_ = false;
};

}   // namespace gatehouse::exchange
