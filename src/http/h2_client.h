#pragma once
// The client's end of an HTTP/2 connection, towards an endpoint: requests are submitted, responses arrive. No
// push (SETTINGS_ENABLE_PUSH=0). A response that breaks the rules of RFC 9113 8 resets its stream; what was
// never processed is told so (H2Closed::unprocessed) and may be sent elsewhere.

#include "http/h2_session.h"

namespace gatehouse::http {

// A request to send. Everything is copied by H2ClientSession::submit().
struct H2Outgoing {
    std::string_view method;
    std::string_view scheme;      // "" for CONNECT without a protocol
    std::string_view authority;   // :authority
    std::string_view path;        // "" for CONNECT without a protocol
    std::string_view protocol;    // extended CONNECT (RFC 8441); else ""
    const Fields* fields =
        nullptr;        // Host is left out, with what belongs to one connection; TE but "trailers"
    bool ends = true;   // no body; else offer() follows
};

class H2ClientSession final : public H2Session {
public:
    // `events` outlives the session. The connection begins with pull(): the preface and SETTINGS.
    H2ClientSession(const H2Limits& limits, H2SessionEvents& events);
    ~H2ClientSession() override;

    // The new stream. An error when available() is 0, or for a protocol when accepts_protocols() is false:
    // nothing was sent then.
    Result<StreamId> submit(const H2Outgoing& request, H2StreamEvents& events);
    // How many requests may be submitted now: the peer's SETTINGS_MAX_CONCURRENT_STREAMS (100 until it is
    // known) less those open; 0 after GOAWAY, in either direction, or a failure.
    [[nodiscard]] std::size_t available() const;
    [[nodiscard]] bool settings_known() const;      // the peer's SETTINGS arrived
    [[nodiscard]] bool accepts_protocols() const;   // RFC 8441, for now

private:
    void begin_head(H2Stream* stream, StreamId id, bool first) override;
    void finish_head(H2Stream& stream, H2Block& block, bool ends) override;
};

}   // namespace gatehouse::http
