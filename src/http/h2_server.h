#pragma once
// The server's end of an HTTP/2 connection: requests arrive, responses are submitted. Requests are checked as
// RFC 9113 8.2 and 8.3 ask: malformed ones are reset with PROTOCOL_ERROR and never reach the owner. Extended
// CONNECT (RFC 8441) is announced and accepted; whether a protocol is, the owner decides.

#include <memory>

#include "http/h2_session.h"

namespace gatehouse::http {

class H2ServerEvents : public H2SessionEvents {
public:
    // A whole head. The result is told what follows on the stream, and must live until stream_closed() or
    // reset(). Null refuses the stream (REFUSED_STREAM: the client may try again). May call respond().
    virtual H2StreamEvents* request_arrived(StreamId id, std::unique_ptr<H2Request> request) = 0;

protected:
    ~H2ServerEvents() = default;
};

class H2ServerSession final : public H2Session {
public:
    // `events` outlives the session. The connection begins with pull(): the SETTINGS.
    H2ServerSession(const H2Limits& limits, H2ServerEvents& events);
    ~H2ServerSession() override;

    // 100 … 199 but 101, before the response.
    void inform(StreamId id, int status, const Fields& fields);
    // The response's head. With `ends` there is no body, else offer() follows. Fields are copied, their names
    // lowered; fields of one connection (RFC 9113 8.2.2) are left out, values are cleaned so that they are
    // valid. A client that is still sending is told to stop (RST_STREAM with NO_ERROR) when the response is
    // out, CONNECT excepted.
    void respond(StreamId id, int status, const Fields& fields, bool ends);

private:
    void begin_head(H2Stream* stream, StreamId id, bool first) override;
    void finish_head(H2Stream& stream, H2Block& block, bool ends) override;

    H2ServerEvents& server_events_;
};

}   // namespace gatehouse::http
