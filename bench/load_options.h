#pragma once
// The command line of the load generator, the requests it makes of it, and the head of an HTTP/1.1 response.

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::bench {

// The example of RFC 6455, section 1.3: the origin knows this one key, so that it needs no SHA-1.
inline constexpr std::string_view websocket_key = "dGhlIHNhbXBsZSBub25jZQ==";
inline constexpr std::string_view websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

struct LoadOptions {
    std::uint16_t port = 0;
    std::size_t connections = 1;
    double seconds = 2;
    double warmup = 0.5;
    std::string host = "localhost";
    std::string path = "/";
    std::string targets;
    std::int64_t bytes = -1;
    std::vector<pid_t> cpu;
    bool idle = false;
    bool careful = false;
    bool tls = false;
    bool h2 = false;
    bool websocket = false;
};

// Ends the program with the usage when the command line is no good.
LoadOptions parse_load_options(int argc, char** argv);

// Complete requests, to be sent in turn.
std::vector<std::string> make_requests(const LoadOptions& options);

struct ResponseHead {
    int status = 0;
    std::int64_t length = -1;   // -1: not stated
    bool close = false;         // Connection: close
    bool websocket = false;     // 101 with the right key: bytes of a WebSocket follow
};

// `head` is without the empty line at its end.
ResponseHead parse_head(std::string_view head);

}   // namespace gatehouse::bench
