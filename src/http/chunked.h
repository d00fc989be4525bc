#pragma once
// The chunked transfer coding (RFC 9112 7.1), both ways. The decoder takes bytes as they come, in pieces of
// any size, and hands out views of the payload inside them. It is strict: CRLF only, hexadecimal digits only,
// extensions skipped but bounded, also in sum against tiny chunks. Trailers are kept apart from the head's
// fields and lose what must not be there.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "http/head.h"

namespace gatehouse::http {

struct ChunkLimits {
    std::size_t overhead_bytes = 16 * 1024;   // chunk lines beyond what the payload so far excuses
    std::size_t trailer_bytes = 8 * 1024;
    std::size_t trailer_count = 64;
};

class ChunkedDecoder {
public:
    enum class State : std::uint8_t {
        need_more,   // everything was consumed; the body goes on
        data,        // payload is the next piece of the body; there may be more in the input
        done,        // the body and its trailers ended after `consumed` bytes
        refused,     // error() says why; nothing after this can be trusted
    };
    struct Step {
        State state = State::need_more;
        std::size_t consumed = 0;
        std::string_view payload;   // a view of the input
    };

    explicit ChunkedDecoder(const ChunkLimits& limits = {}) : limits_(limits) {}

    [[nodiscard]] Step step(std::string_view in);
    [[nodiscard]] const HeadError& error() const { return error_; }
    // Once done: the trailer fields that may be forwarded, copied into the arena.
    [[nodiscard]] Fields trailers(Arena& arena) const;
    // Bytes that must still come for the current chunk's payload, 0 when unknown: a hint for reading.
    [[nodiscard]] std::uint64_t remaining_in_chunk() const { return phase_ == Phase::data ? remaining_ : 0; }

private:
    enum class Phase : std::uint8_t {
        first_digit,
        digits,
        before_extension,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        done,
        refused,
    };
    void advance(char c);   // by one byte of framing
    void read_digit(char c);
    void finish_chunk_line();
    [[nodiscard]] std::size_t take_trailer(std::string_view in);
    void finish_trailer_line();
    void refuse_with(const char* rule, int status = 400);

    ChunkLimits limits_;
    Phase phase_ = Phase::first_digit;
    std::uint8_t digit_count_ = 0;
    std::uint64_t remaining_ = 0;   // of the chunk being read
    std::size_t overhead_ = 0;      // bytes of chunk lines, less what is excused
    std::size_t trailer_count_ = 0;
    std::size_t trailer_line_ = 0;   // where the current line begins in trailer_
    Buffer trailer_;                 // trailer lines with their line ends; empty for almost everybody
    HeadError error_;
};

// "1a2b\r\n" before that many bytes of payload, which chunk_end follows. Returns the length written.
inline constexpr std::size_t chunk_head_bytes = 18;
[[nodiscard]] std::size_t write_chunk_head(std::span<char, chunk_head_bytes> out,
                                           std::uint64_t payload_bytes);
inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";    // without trailers
inline constexpr std::string_view last_chunk_line = "0\r\n";   // trailer fields and an empty line follow

// RFC 9110 6.5.1: framing, routing, authentication, modifiers and content description have no place in
// trailers.
[[nodiscard]] bool may_be_trailer(FieldId id);

}   // namespace gatehouse::http
