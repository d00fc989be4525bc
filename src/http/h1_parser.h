#pragma once
// HTTP/1.x heads, read line by line (RFC 9112). The caller gives all bytes since the head began, again and
// again as more arrive, with the same arena and head; complete lines are not looked at twice, and the bytes
// may have moved between calls. The outcome is the same for every way of cutting the input. Nothing is
// forgiven that two implementations could read differently; the one liberty taken is a bare LF as line end
// (RFC 9112 2.2 allows it, nginx does it), never so in chunks. HTTP/0.9 is refused with 400. Sans-I/O, no
// ownership of text; `reset()` before the next message.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/head.h"

namespace gatehouse::http {

struct HeadLimits {
    std::size_t start_line_bytes = 8 * 1024;   // without the line end; above: 414
    std::size_t field_bytes = 8 * 1024;        // of one field line; above: 431
    std::size_t head_bytes = 32 * 1024;        // of everything; above: 431
    std::size_t field_count = 1000;            // above: 431
};

struct Progress {
    enum class State : std::uint8_t { need_more, done, refused };
    State state = State::need_more;
    std::size_t consumed =
        0;   // done: the bytes of the head with its empty line; the rest is body or the next message
    HeadError error;   // refused
};

// What requests and responses have in common: finding lines and reading fields.
class LineReader {
protected:
    enum class Phase : std::uint8_t { start_line, fields, done, refused };
    enum class LineState : std::uint8_t { incomplete, complete, refused };   // refused: error_ says why

    LineReader(const HeadLimits& limits, bool of_response) : limits_(limits), of_response_(of_response) {}
    void restart();
    // To be called first with the bytes of this call: the views of a head half read follow the buffer.
    void follow_buffer(std::string_view bytes, Fields& fields, std::span<std::string_view* const> start);
    // The next line without its line end, if it is complete; then line_begin_ is behind it.
    [[nodiscard]] LineState next_line(std::string_view bytes, std::string_view& text);
    // All fields up to the empty line, or what has arrived of them.
    [[nodiscard]] Progress finish_fields(std::string_view bytes, Arena& arena, Fields& fields);
    [[nodiscard]] Progress refused(const HeadError& error);

    HeadLimits limits_;
    bool of_response_;
    Phase phase_ = Phase::start_line;
    std::uint8_t empty_lines_ = 0;   // skipped before the start line
    std::size_t line_begin_ = 0;     // of the line being read; all offsets count from the first byte given
    std::size_t scanned_ = 0;        // no LF from line_begin_ to here
    HeadError error_;                // once refused, always refused

private:
    // These return false, or refused, with the reason in error_.
    [[nodiscard]] LineState read_fields(std::string_view bytes, Arena& arena, Fields& fields);
    [[nodiscard]] bool add_field(std::string_view line, Arena& arena, Fields& fields);
    [[nodiscard]] bool add_waiting_field(std::string_view bytes, Arena& arena, Fields& fields);
    [[nodiscard]] bool continue_field(std::size_t end);
    [[nodiscard]] std::size_t line_limit() const;
    LineState refuse_long_line();
    bool refuse(int status, const char* rule);
    void follow(std::string_view& view, const char* base) const;

    std::size_t folded_begin_ = 0;   // responses: the field line that the next line may continue (obs-fold)
    std::size_t folded_end_ = 0;     // 0: none waits
    bool is_folded_ = false;         // it has been continued already
    const char* base_ = nullptr;     // where the bytes were at the last call
    std::size_t base_bytes_ = 0;
};

class RequestParser : private LineReader {
public:
    explicit RequestParser(const HeadLimits& limits = {}) : LineReader(limits, false) {}

    [[nodiscard]] Progress parse(std::string_view bytes, Arena& arena, RequestHead& head);
    void reset() { restart(); }
    // No byte of a message was seen yet, but perhaps empty lines.
    [[nodiscard]] bool idle() const { return phase_ == Phase::start_line && scanned_ == line_begin_; }

private:
    HeadResult<void> read_start_line(std::string_view line, RequestHead& head);
};

class ResponseParser : private LineReader {
public:
    explicit ResponseParser(const HeadLimits& limits = {}) : LineReader(limits, true) {}

    [[nodiscard]] Progress parse(std::string_view bytes, Arena& arena,
                                 ResponseHead& head);   // refuses with 502
    void reset() { restart(); }

private:
    HeadResult<void> read_start_line(std::string_view line, ResponseHead& head);
};

}   // namespace gatehouse::http
