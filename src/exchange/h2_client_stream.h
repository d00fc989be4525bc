#pragma once
// One stream of an HTTP/2 connection as its exchange sees it: the request's body comes from here, the
// response goes here. Between the session, which calls back, and a strand, which waits. Owned by its
// connection, until both the stream and the strand have ended.

#include "base/intrusive_list.h"
#include "exchange/request_body.h"
#include "http/h2_server.h"
#include "loop/loop.h"

#include <memory>
#include <optional>

namespace gatehouse::exchange {

class H2Connection;
class StreamTunnel;   // stream_tunnel.h

class H2ClientStream final : public ListNode, public http::H2StreamEvents, public BodyFeed {
public:
    H2ClientStream(H2Connection& connection, http::StreamId id, std::unique_ptr<http::H2Request> head);
    ~H2ClientStream();

    std::unique_ptr<http::H2Request> request;   // as long as its exchange
    std::unique_ptr<StreamTunnel> tunnel;       // once its bytes are passed on
    // Of the request's body, arrived and not consumed. Whoever reads it may hold a view of all that is in it:
    // what arrives meanwhile waits behind it.
    Buffer in;

    [[nodiscard]] http::StreamId id() const { return id_; }
    [[nodiscard]] const http::Fields* request_trailers() const {   // null: none, or not yet
        return trailers_ == nullptr ? nullptr : &trailers_->fields;
    }
    // Reset, or the connection is lost: nobody waits for the response.
    [[nodiscard]] bool is_gone() const { return closed_ && closed_->by != http::H2Closed::By::both_ended; }
    // What to interrupt when the client goes; null: nothing.
    void watch(loop::Strand* strand);
    [[nodiscard]] bool is_watched() const { return watching_ != nullptr; }

    void inform(int status, const http::Fields& fields);
    void respond(int status, const http::Fields& fields, bool ends);
    // Waits until the piece went into what is being written. `last`: it may be empty, and ends the response.
    // `source` is told when the client's windows or the connection hold it up. The time is that of a wait.
    [[nodiscard]] loop::Task<Result<>> send(std::string_view piece, bool last, net::Duration timeout,
                                            class BodySource* source);
    // The end of the response; waits until the client's windows let it out.
    [[nodiscard]] loop::Task<Result<>> send_trailers(const http::Fields& fields, net::Duration timeout);
    [[nodiscard]] bool is_answered() const { return answered_; }   // whole
    void reset(http::H2Code code);

    // The strand has ended; the connection lets go when the stream has, too.
    void strand_ended();
    [[nodiscard]] bool is_over() const { return closed_ && strand_ended_; }
    void hold_up();   // its piece cannot go out at present

    // BodyFeed
    loop::Task<Result<>> fill(net::Duration timeout) override;
    [[nodiscard]] bool ended() const override { return ended_ && behind_.empty(); }
    void consumed(std::size_t bytes) override;
    void ask_to_continue() override;

    // http::H2StreamEvents
    void data_arrived(std::string_view bytes) override;
    void end_arrived(std::unique_ptr<http::H2Trailers> trailers) override;
    void piece_taken() override;
    void stream_closed(const http::H2Closed& how) override;

private:
    [[nodiscard]] Failure gone() const;
    loop::Task<Result<>> wait_until_taken(net::Duration timeout);

    H2Connection& connection_;
    const http::StreamId id_;
    Buffer behind_;   // `in`
    loop::Event arrived_, taken_;
    loop::Strand* watching_ = nullptr;
    loop::Interruption interruption_{ErrorCode::closed};
    std::unique_ptr<http::H2Trailers> trailers_;
    std::optional<http::H2Closed> closed_;
    class BodySource* source_ = nullptr;   // whose piece is offered
    bool offered_ = false;
    bool answered_ = false;
    bool ended_ = false;
    bool strand_ended_ = false;
};

}   // namespace gatehouse::exchange
