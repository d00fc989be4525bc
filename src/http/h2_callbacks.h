#pragma once
// What nghttp2 calls while a session is fed or pulled. For use inside http/ only.

#include <nghttp2/nghttp2.h>

#include "http/h2_session.h"

namespace gatehouse::http {

struct H2Callbacks {
    // The table of all of them, for nghttp2_session_*_new. Their user data is the H2Session.
    [[nodiscard]] static const nghttp2_session_callbacks* table();
    // For DATA of any stream.
    [[nodiscard]] static nghttp2_data_provider data_provider();

private:
    static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user);
    static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                      std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                      std::uint8_t flags, void* user);
    static int invalid_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                              std::size_t name_bytes, const std::uint8_t* value, std::size_t value_bytes,
                              std::uint8_t flags, void* user);
    static int frame_arrived(nghttp2_session*, const nghttp2_frame* frame, void* user);
    static int invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
    static int data_arrived(nghttp2_session*, std::uint8_t flags, StreamId id, const std::uint8_t* data,
                            std::size_t bytes, void* user);
    static int stream_closed(nghttp2_session*, StreamId id, std::uint32_t code, void* user);
    static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user);
    static int frame_not_sent(nghttp2_session*, const nghttp2_frame* frame, int error, void* user);
    static ssize_t read_data(nghttp2_session*, StreamId id, std::uint8_t* buffer, std::size_t bytes,
                             std::uint32_t* flags, nghttp2_data_source* source, void* user);
    static int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* head, std::size_t bytes,
                         nghttp2_data_source* source, void* user);

    static void headers_arrived(H2Session& session, const nghttp2_frame* frame);
    static void goaway_arrived(H2Session& session, const nghttp2_frame* frame);
    static void ping_arrived(H2Session& session, const nghttp2_frame* frame);
    static void rst_stream_arrived(H2Session& session, const nghttp2_frame* frame);
    static void end_sent(H2Session& session, StreamId id);
    static void charge(H2Session& session, const char* broken_limit);
};

// What a PING carries whose answer completes a graceful GOAWAY; that of the owner's carries zeros.
inline constexpr std::uint8_t drain_ping[8] = {'d', 'r', 'a', 'i', 'n', 'i', 'n', 'g'};

}   // namespace gatehouse::http
