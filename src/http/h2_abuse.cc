#include "http/h2_abuse.h"

#include <algorithm>

#include <nghttp2/nghttp2.h>

namespace gatehouse::http {
namespace {

constexpr std::array<const char*, 6> names = {
    "too many resets",          "too many PING frames",       "too many SETTINGS frames",
    "too many PRIORITY frames", "too many empty DATA frames", "too many frames without effect",
};
constexpr std::uint8_t priority_update = 0x10;   // RFC 9218 7.1

// What goes with a request or a DATA frame without being one: window updates for the answer, perhaps a ping.
constexpr std::uint64_t earned_by_request = 8;
constexpr std::uint64_t earned_by_data = 2;

}   // namespace

H2AbuseCounter::H2AbuseCounter(const H2Limits& limits) : most_continuations_(limits.continuations) {
    levels_[resets].budget = limits.resets;
    levels_[pings].budget = limits.pings;
    levels_[settings].budget = limits.settings;
    levels_[priorities].budget = limits.priorities;
    levels_[empty_data].budget = limits.empty_data;
    levels_[overhead].budget = limits.overhead;
    for (auto& level : levels_) level.thousandths = std::uint64_t{level.budget.burst} * 1000;
}

const char* H2AbuseCounter::spend(Kind kind) {
    auto& level = levels_[kind];
    if (level.thousandths < 1000) return names[kind];
    level.thousandths -= 1000;
    return nullptr;
}

void H2AbuseCounter::earn(Kind kind, std::uint64_t count) {
    auto& level = levels_[kind];
    level.thousandths = std::min(level.thousandths + count * 1000, std::uint64_t{level.budget.burst} * 1000);
}

void H2AbuseCounter::pass_time(std::chrono::milliseconds passed) {
    if (passed.count() <= 0) return;
    // A day fills every budget that fills at all.
    const auto milliseconds =
        std::min<std::uint64_t>(static_cast<std::uint64_t>(passed.count()), 24 * 3600 * 1000);
    for (auto& level : levels_) {
        const auto most = std::uint64_t{level.budget.burst} * 1000;
        level.thousandths = std::min(level.thousandths + milliseconds * level.budget.per_second, most);
    }
}

const char* H2AbuseCounter::frame_begins(const H2FrameScanner& frame, bool stream_is_open) {
    const char* broken = nullptr;
    const auto flags = frame.flags();
    continuations_ = frame.type() == NGHTTP2_CONTINUATION ? continuations_ + 1 : 0;
    if (continuations_ > most_continuations_) return "too many CONTINUATION frames";
    switch (frame.type()) {
        case NGHTTP2_DATA: {
            const bool empty = frame.length() == 0 && (flags & NGHTTP2_FLAG_END_STREAM) == 0;
            if (stream_is_open && !empty) return nullptr;
            if (empty) broken = spend(empty_data);
            break;
        }
        case NGHTTP2_SETTINGS:
            if ((flags & NGHTTP2_FLAG_ACK) == 0) broken = spend(settings);
            break;
        case NGHTTP2_PING:
            if ((flags & NGHTTP2_FLAG_ACK) == 0) broken = spend(pings);
            break;
        case NGHTTP2_PRIORITY:
        case priority_update: broken = spend(priorities); break;
        default: break;
    }
    return broken != nullptr ? broken : spend(overhead);
}

const char* H2AbuseCounter::data_was_empty() {
    const char* broken = spend(empty_data);
    return broken != nullptr ? broken : spend(overhead);
}

const char* H2AbuseCounter::stream_was_reset() { return spend(resets); }
void H2AbuseCounter::request_arrived() { earn(overhead, earned_by_request); }
void H2AbuseCounter::data_was_sent() { earn(overhead, earned_by_data); }

}   // namespace gatehouse::http
