#pragma once
// One request on a shared HTTP/2 connection to an endpoint, as the strand sees it that makes it: first it is
// admitted to a connection, then sent, then its response is waited for piece by piece. It is between the
// session, which calls back, and that strand. Owned by whoever makes the request; a stream that dies before
// its end is reset (CANCEL). All errors have the upstream for their source.

#include "base/buffer.h"
#include "base/intrusive_list.h"
#include "http/h2_client.h"
#include "loop/loop.h"

#include <memory>
#include <optional>
#include <string_view>

namespace gatehouse::upstream {

class H2Connection;

class H2Stream final : public ListNode, private http::H2StreamEvents {
public:
    H2Stream() = default;
    ~H2Stream();

    // After H2Pool::enter(): waits until a connection has room for it. Then submit() must follow, or the end.
    [[nodiscard]] loop::Task<Result<>> admitted();
    [[nodiscard]] bool was_reused() const { return was_reused_; }   // the connection had served others before

    // Once. What it points to need not stay.
    [[nodiscard]] Result<> submit(const http::H2Outgoing& request);
    // The next head, interim ones first.
    [[nodiscard]] loop::Task<Result<std::unique_ptr<http::H2Response>>> head(loop::Duration timeout);
    // Waits until the piece went into what is being written. `last`: it may be empty, and ends the request.
    // After an error the stream is reset; if the time was up, whoever waits for the response is told.
    [[nodiscard]] loop::Task<Result<>> send(std::string_view piece, bool last, loop::Duration timeout);
    void send_trailers(const http::Fields& fields);   // ends the request

    Buffer in;   // of the body, arrived and not yet taken
    // Waits until there is more in `in`, or the end. What has arrived comes before an error.
    [[nodiscard]] loop::Task<Result<>> fill(loop::Duration timeout);
    void consumed(std::size_t bytes);   // the endpoint may send as many more
    [[nodiscard]] bool peer_ended() const { return peer_ended_; }
    // Once the peer ended; null: none. They live as long as the stream.
    [[nodiscard]] const http::Fields* trailers() const {
        return trailers_ == nullptr ? nullptr : &trailers_->fields;
    }
    [[nodiscard]] bool has_failed() const { return error_.has_value(); }
    // The endpoint did nothing with the request: it may be sent again, whatever its method.
    [[nodiscard]] bool is_unprocessed() const { return unprocessed_; }
    void reset(http::H2Code code);   // no effect on one that is over

private:
    friend class H2Connection;
    friend class H2Pool;

    // http::H2StreamEvents
    void head_arrived(std::unique_ptr<http::H2Response> head) override;
    void data_arrived(std::string_view bytes) override;
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override;
    void piece_taken() override;
    void stream_closed(const http::H2Closed& how) override;

    void admit(H2Connection& connection, bool reused);
    void fail(const Error& error);
    void note_timeout(const Error& error, loop::Duration timeout);
    void let_go();   // of the connection

    enum class State : std::uint8_t { waiting, admitted, submitted, over };
    State state_ = State::waiting;
    H2Connection* connection_ = nullptr;   // null: none yet, or none any more
    http::StreamId id_ = 0;
    loop::Event changed_;                                   // admitted, a head, data, the end
    loop::Event taken_;                                     // the piece; the sender is another strand
    std::unique_ptr<http::H2Response> head_, final_head_;   // interim ones are passed over by later ones
    std::unique_ptr<http::H2Trailers> trailers_;
    std::optional<Error> error_;
    bool offered_ = false;
    bool request_ended_ = false;
    bool peer_ended_ = false;
    bool was_reused_ = false;
    bool unprocessed_ = false;
};

}   // namespace gatehouse::upstream
