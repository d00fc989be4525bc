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

    // Until nothing more is to be said. True: the client may still be sending, and should be heard out.
    loop::Task<bool> run();
    // Takes no new requests, finishes those under way, then ends (GOAWAY, RFC 9113 section 6.8).
    void drain();
    // Of an idle connection that is to be closed at once: the client is told which requests were served, as
    // far as the kernel takes it.
    void say_goodbye();

    [[nodiscard]] http::H2ServerSession& session() { return session_; }
    void wake_writer() { output_.set(); }
    [[nodiscard]] bool is_blocked() const { return is_blocked_; }   // the client takes no more at present
    void stream_closed(H2ClientStream& stream, const http::H2Closed& how);   // the session told it

private:
    http::H2StreamEvents* request_arrived(http::StreamId id,
                                          std::unique_ptr<http::H2Request> request) override;
    void stream_refused(http::StreamId id, http::H2Code code, const char* why) override;

    loop::Task<void> read();
    [[nodiscard]] bool take_input();   // false: the session is broken
    loop::Task<void> say_why();
    loop::Task<bool> wait_for_input();
    [[nodiscard]] loop::Duration patience() const;
    loop::Task<void> write();
    void start_arrived();
    loop::Task<void> serve(H2ClientStream& stream);
    loop::Task<void> run_tunnel(H2ClientStream& stream);
    void strand_ended(H2ClientStream& stream);
    void let_go(H2ClientStream& stream);
    void hold_up_streams();
    void end_writing();
    void check_idle();
    void note_idle();
    void note_busy();
    void log_failure();
    void log_failed_write(const Error& error);
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
    loop::TimePoint idle_since_, budget_time_, drain_began_;
    bool waits_ = false;        // the reader
    bool is_blocked_ = false;   // the writer
    bool was_idle_ = true;
    bool is_noted_idle_ = false;
    bool is_failure_logged_ = false;
    bool over_ = false;       // nothing more will be written …
    bool said_all_ = false;   // … since there is no more
};

}   // namespace gatehouse::exchange
