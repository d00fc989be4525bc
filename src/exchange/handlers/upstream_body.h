#pragma once
// The body of an endpoint's response as a source: decoded by its framing, read no faster than it is taken.

#include "base/buffer.h"
#include "exchange/response.h"
#include "loop/loop.h"

#include <cstdint>

namespace gatehouse::exchange {

class UpstreamBody : public BodySource {
public:
    // proxy_limit_rate: from now on no more bytes a second are passed on, but a second's worth in advance. No
    // more than a buffer is read ahead.
    void limit(loop::Loop& loop, std::uint64_t bytes_a_second) {
        loop_ = &loop;
        rate_ = bytes_a_second;
        started_ = loop.now();
    }
    void drop_trailers() { passes_trailers_ = false; }
    // The memory behind what was handed out and what has arrived; the next read takes fresh memory.
    [[nodiscard]] virtual Buffer detach_buffer() = 0;
    // It ended cleanly and completely: its connection may serve again.
    [[nodiscard]] virtual bool connection_reusable() const = 0;
    // Nothing waits in the memory that detach_buffer() gives.
    [[nodiscard]] virtual bool has_nothing_arrived() const = 0;
    [[nodiscard]] std::uint64_t received() const { return received_; }       // decoded bytes
    [[nodiscard]] std::uint64_t wire_bytes() const { return wire_bytes_; }   // read after the head's bytes

protected:
    std::uint64_t received_ = 0, wire_bytes_ = 0;
    bool passes_trailers_ = true;
    loop::Loop* loop_ = nullptr;
    std::uint64_t rate_ = 0;    // bytes a second; 0: no limit
    std::uint64_t taken_ = 0;   // with framing, since `started_`
    loop::TimePoint started_;
};

}   // namespace gatehouse::exchange
