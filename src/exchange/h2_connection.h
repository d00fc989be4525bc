#pragma once
// An HTTP/2 client connection: one strand reads and feeds the session, one writes what the session has for
// the client, and each stream has its exchange on a strand of its own. All of one turn's frames leave in one
// write.

#include "exchange/h2_client_stream.h"
#include "exchange/worker_state.h"
#include "http/h2_server.h"

namespace gatehouse::exchange {

// What has arrived is the beginning of HTTP/2's preface (RFC 9113 section 3.4), or all of it.
[[nodiscard]] bool may_begin_h2(std::string_view arrived);
[[nodiscard]] bool begins_h2(std::string_view arrived);

// Runs the connection to its end; connection.in holds what was read already.
loop::Task<void> serve_h2(ClientConnection& connection);

class H2Connection final : public ListNode, public http::H2ServerEvents {   // in its worker's list
public:
    explicit H2Connection(ClientConnection& client);
    ~H2Connection();

    loop::Task<void> run();
    // Takes no new requests, finishes those under way, then ends (GOAWAY, RFC 9113 section 6.8).
    void drain();

    [[nodiscard]] http::H2ServerSession& session() { return session_; }
    void wake_writer() { output_.set(); }
    void stream_closed(H2ClientStream& stream);   // the session told it

private:
    http::H2StreamEvents* request_arrived(http::StreamId id,
                                          std::unique_ptr<http::H2Request> request) override;

    loop::Task<void> read();
    [[nodiscard]] bool take_input();   // false: the session is broken
    loop::Task<void> say_why();
    loop::Task<bool> wait_for_input();
    loop::Task<void> write();
    void start_arrived();
    loop::Task<void> serve(H2ClientStream& stream);
    void strand_ended(H2ClientStream& stream);
    void let_go(H2ClientStream& stream);
    void hold_up_streams();
    void end_writing();
    void check_idle();
    void note_idle();
    void log_failure();
    [[nodiscard]] const model::Route& defaults() const;   // of the default site

    ClientConnection& client_;
    http::H2ServerSession session_;
    loop::Scope strands_;   // of streams
    loop::Scope writer_;
    loop::Event output_, ended_;
    loop::Strand* reader_ = nullptr;
    IntrusiveList<H2ClientStream> arrived_;   // heads whose exchanges have yet to begin
    IntrusiveList<H2ClientStream> streams_;
    Buffer out_;
    loop::TimePoint idle_since_, budget_time_;
    bool waits_ = false;   // the reader
    bool was_idle_ = true;
    bool over_ = false;   // nothing more will be written
};

}   // namespace gatehouse::exchange
