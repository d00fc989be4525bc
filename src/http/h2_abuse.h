#pragma once
// Counts what a peer may do too often (H2Limits): each kind has a budget that fills up with time. Every
// function returns null, or the name of the limit that was hit. For use inside http/ only.

#include <array>
#include <chrono>
#include <cstdint>

#include "http/h2.h"
#include "http/h2_frame_scanner.h"

namespace gatehouse::http {

class H2AbuseCounter {
public:
    explicit H2AbuseCounter(const H2Limits& limits);

    [[nodiscard]] const char* frame_begins(const H2FrameScanner& frame, bool stream_is_open);
    [[nodiscard]] const char* data_was_empty();   // padding only
    [[nodiscard]] const char* stream_was_reset();
    void request_arrived();
    void data_was_sent();   // as much as was there, or a frame of a decent size
    void pass_time(std::chrono::milliseconds passed);

private:
    enum Kind : std::uint8_t { resets, pings, settings, priorities, empty_data, overhead, kinds };
    struct Level {
        std::uint64_t thousandths = 0;   // of what may still be done
        H2Budget budget;
    };
    [[nodiscard]] const char* spend(Kind kind);
    void earn(Kind kind, std::uint64_t count);

    std::array<Level, kinds> levels_;
    std::uint32_t most_continuations_;
    std::uint32_t continuations_ = 0;   // in a row
};

}   // namespace gatehouse::http
