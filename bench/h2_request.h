#pragma once
// One GET over HTTP/2 (RFC 9113) and what keeps its connection alive afterwards, without I/O: just enough to
// hold idle connections. Reads of a response's head only whether it begins with status 200.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::bench {

// What a client sends first: preface, settings, and the request as stream 1. At most 127 bytes of each name.
std::string h2_request(std::string_view host, std::string_view path);

class H2Response {
public:
    // Takes bytes as they come. False when the gateway gave up the connection or the stream.
    bool consume(std::string_view bytes);

    // What the gateway is to be answered (acknowledgements), once.
    std::string take_answers() { return std::exchange(answers_, {}); }

    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] bool is_200() const { return is_200_; }
    [[nodiscard]] std::int64_t body_bytes() const { return body_bytes_; }

private:
    bool read_frame(std::uint8_t type, std::uint8_t flags, std::string_view payload);

    std::string partial_;   // a frame that has not arrived completely
    std::string answers_;
    std::int64_t body_bytes_ = 0;
    bool is_200_ = false;
    bool complete_ = false;
};

}   // namespace gatehouse::bench
