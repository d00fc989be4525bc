#pragma once
// HTTP/1.1 as the simulated clients and endpoints read it: a small reader that shares no code with the
// gateway's, so that a misunderstanding in one is not repeated in the other. Strict: anything odd is
// `invalid`. Reads ahead within its own buffer.

#include "base/buffer.h"
#include "net/stream.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gatehouse::simulation {

using loop::Duration;
using loop::Task;

struct Head {
    std::string start;                           // the first line
    std::map<std::string, std::string> fields;   // names in lower case; repeated ones joined by ", "

    [[nodiscard]] std::string value(const std::string& name) const;   // "" when missing
    [[nodiscard]] bool has(const std::string& name) const { return fields.contains(name); }
    [[nodiscard]] int status() const;   // of a response; 0: not one
    [[nodiscard]] std::uint64_t number(const std::string& name) const;
};

enum class End {
    complete,    // all of it, and its end was marked
    nothing,     // the peer closed before the first byte
    cut,         // it ended in the middle
    timed_out,   // nothing came for too long
    invalid,     // not HTTP
};

class Wire {
public:
    explicit Wire(net::Stream& stream) : stream_(stream) {}

    [[nodiscard]] Task<End> read_head(Head& head, Duration patience);
    // Appends to `body` as it comes, so that what arrived before a cut can be looked at. `has_body`: false
    // for a response to HEAD, 204 and 304. A response without a length ends with its connection. Sleeps
    // `pace` between reads.
    [[nodiscard]] Task<End> read_body(const Head& head, bool has_body, std::string& body, Duration patience,
                                      Duration pace = Duration::zero());
    // All up to the end of what the peer sends; complete: a FIN.
    [[nodiscard]] Task<End> read_to_end(std::string& body, Duration patience, Duration pace);
    // What has come, waiting for some when there is none; empty: the end, or nothing for too long.
    [[nodiscard]] Task<std::string> read_some(Duration patience);
    // Waits for more: true if anything came, false when the peer closed, reset or stayed silent.
    [[nodiscard]] Task<bool> anything_more(Duration patience);
    [[nodiscard]] std::string_view unread() const { return in_.view(); }
    // The end was a reset, not a FIN.
    [[nodiscard]] bool was_reset() const { return reset_; }

private:
    [[nodiscard]] Task<End> fill(Duration patience);   // complete: more bytes; cut: there will be none
    [[nodiscard]] Task<End> read_line(std::string& line, Duration patience);
    [[nodiscard]] Task<End> read_bytes(std::uint64_t bytes, std::string& body, Duration patience,
                                       Duration pace);
    [[nodiscard]] Task<End> read_chunks(std::string& body, Duration patience, Duration pace);

    net::Stream& stream_;
    Buffer in_;
    bool reset_ = false;
};

// `bytes` bytes that depend on `key` and on nothing else; no part of one looks like a part of another.
[[nodiscard]] std::string make_body(std::uint64_t key, std::size_t bytes);
[[nodiscard]] std::string as_chunks(std::string_view body, std::size_t chunk_bytes);

}   // namespace gatehouse::simulation
