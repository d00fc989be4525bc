#pragma once
// Dates as HTTP and logs write them. Writing never asks the system: the caller passes the time, and the
// offset from UTC where a local time is wanted. Reading accepts the three formats of RFC 9110 5.6.7.

#include <array>
#include <ctime>
#include <optional>
#include <span>
#include <string_view>

namespace gatehouse::http {

inline constexpr std::size_t http_date_bytes = 29;    // Sun, 06 Nov 1994 08:49:37 GMT
inline constexpr std::size_t log_date_bytes = 26;     // 06/Nov/1994:08:49:37 +0000
inline constexpr std::size_t iso_date_bytes = 25;     // 1994-11-06T08:49:37+00:00
inline constexpr std::size_t error_date_bytes = 19;   // 1994/11/06 08:49:37

// Years 0 to 9999; the time is clamped to them.
std::string_view format_http_date(std::time_t time, std::span<char, http_date_bytes> out);
std::string_view format_log_date(std::time_t time, int offset_minutes, std::span<char, log_date_bytes> out);
std::string_view format_iso_date(std::time_t time, int offset_minutes, std::span<char, iso_date_bytes> out);
std::string_view format_error_date(std::time_t time, int offset_minutes,
                                   std::span<char, error_date_bytes> out);

[[nodiscard]] std::optional<std::time_t> parse_http_date(std::string_view text);

// Remembers the text of the last second asked for: one per worker.
class DateCache {
public:
    [[nodiscard]] std::string_view http_date(std::time_t now) {
        if (now != second_) {
            format_http_date(now, text_);
            second_ = now;
        }
        return {text_.data(), text_.size()};
    }

    [[nodiscard]] std::string_view log_date(std::time_t now, int offset_minutes) {
        if (now != log_second_ || offset_minutes != log_offset_) {
            format_log_date(now, offset_minutes, log_text_);
            log_second_ = now;
            log_offset_ = offset_minutes;
        }
        return {log_text_.data(), log_text_.size()};
    }

private:
    std::time_t second_ = -1, log_second_ = -1;
    int log_offset_ = 0;
    std::array<char, http_date_bytes> text_{};
    std::array<char, log_date_bytes> log_text_{};
};

}   // namespace gatehouse::http
