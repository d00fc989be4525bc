#pragma once
// Response buffering (proxy_buffering): as long as the client keeps up, pieces pass straight through. From
// the moment it does not, a strand of its own reads the endpoint's response ahead, into memory and then a
// temporary file, so that a slow client does not hold an endpoint's connection: that is given back as soon as
// the response has arrived. Bounded by proxy_buffers and proxy_max_temp_file_size; beyond them the endpoint
// waits.

#include "exchange/handlers/attempt.h"
#include "exchange/handlers/upstream_body.h"

namespace gatehouse::exchange {

class SpooledBody final : public BodySource {
public:
    SpooledBody(Exchange& exchange, const model::ForwardHandler& handler, Attempt& attempt,
                UpstreamBody& source);
    ~SpooledBody() override;

    loop::Task<Result<std::string_view>> next() override;
    void client_is_slow() override;
    [[nodiscard]] bool ended() const override;
    [[nodiscard]] const http::Fields* trailers() const override { return source_.trailers(); }
    loop::Task<void> close() { return filling_.close(); }

private:
    static loop::Task<void> fill(SpooledBody& self);
    Result<> store(std::string_view piece);
    void release_held();
    Result<std::string_view> take_from_file();
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] bool has_stored() const { return !memory_.empty() || file_read_ < file_written_; }

    Exchange& exchange_;
    const model::ForwardHandler& handler_;
    Attempt& attempt_;
    UpstreamBody& source_;
    loop::Scope filling_;
    loop::Event arrived_, drained_;
    Buffer held_;     // behind the piece that was being written when the client proved slow
    Buffer memory_;   // older than what is in the file
    Buffer out_;      // behind the piece handed out last
    int file_ = -1;
    std::uint64_t file_written_ = 0, file_read_ = 0;
    std::optional<Error> error_;
    bool reading_ahead_ = false, finished_ = false, slow_piece_taken_ = false;
    bool is_detached_ = false;   // from the endpoint, the last piece in held_
};

}   // namespace gatehouse::exchange
