#include "http/date.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"

namespace gatehouse::http {
namespace {

constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t first_second = -62'167'219'200;   // 0000-01-01T00:00:00Z
constexpr std::int64_t last_second = 253'402'300'799;    // 9999-12-31T23:59:59Z

struct CivilTime {
    int year = 0;
    unsigned month = 0;     // 1 to 12
    unsigned day = 0;       // 1 to 31
    unsigned weekday = 0;   // 0 is Sunday
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

CivilTime civil_time(std::time_t time, int offset_minutes) {
    const std::int64_t moved =
        static_cast<std::int64_t>(std::clamp<std::int64_t>(time, first_second, last_second)) +
        static_cast<std::int64_t>(offset_minutes) * 60;
    const std::int64_t total = std::clamp(moved, first_second, last_second);
    const std::int64_t day_number = (total >= 0 ? total : total - (seconds_per_day - 1)) / seconds_per_day;
    const auto second_of_day = static_cast<unsigned>(total - day_number * seconds_per_day);
    const std::chrono::sys_days days{std::chrono::days(day_number)};
    const std::chrono::year_month_day date(days);
    return {static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            std::chrono::weekday(days).c_encoding(),
            second_of_day / 3600,
            second_of_day / 60 % 60,
            second_of_day % 60};
}

// Fills fixed-width text from left to right.
class Writer {
public:
    explicit Writer(char* to) : to_(to) {}
    Writer& text(std::string_view part) {
        to_ = std::copy(part.begin(), part.end(), to_);
        return *this;
    }
    Writer& number(unsigned value, int digits) {
        for (int i = digits - 1; i >= 0; --i, value /= 10) to_[i] = static_cast<char>('0' + value % 10);
        to_ += digits;
        return *this;
    }
    Writer& clock(const CivilTime& at) {
        return number(at.hour, 2).text(":").number(at.minute, 2).text(":").number(at.second, 2);
    }
    Writer& zone(int offset_minutes, std::string_view separator) {
        const auto minutes = static_cast<unsigned>(std::abs(offset_minutes));
        return text(offset_minutes < 0 ? "-" : "+")
            .number(minutes / 60, 2)
            .text(separator)
            .number(minutes % 60, 2);
    }

private:
    char* to_;
};

std::string_view month_name(unsigned month) { return months.substr((month - 1) * 3, 3); }

}   // namespace

std::string_view format_http_date(std::time_t time, std::span<char, http_date_bytes> out) {
    const auto at = civil_time(time, 0);
    Writer to(out.data());
    to.text(weekdays.substr(at.weekday * 3, 3))
        .text(", ")
        .number(at.day, 2)
        .text(" ")
        .text(month_name(at.month));
    to.text(" ").number(static_cast<unsigned>(at.year), 4).text(" ").clock(at).text(" GMT");
    return {out.data(), out.size()};
}

std::string_view format_log_date(std::time_t time, int offset_minutes, std::span<char, log_date_bytes> out) {
    const auto at = civil_time(time, offset_minutes);
    Writer to(out.data());
    to.number(at.day, 2)
        .text("/")
        .text(month_name(at.month))
        .text("/")
        .number(static_cast<unsigned>(at.year), 4);
    to.text(":").clock(at).text(" ").zone(offset_minutes, "");
    return {out.data(), out.size()};
}

std::string_view format_iso_date(std::time_t time, int offset_minutes, std::span<char, iso_date_bytes> out) {
    const auto at = civil_time(time, offset_minutes);
    Writer to(out.data());
    to.number(static_cast<unsigned>(at.year), 4).text("-").number(at.month, 2).text("-").number(at.day, 2);
    to.text("T").clock(at).zone(offset_minutes, ":");
    return {out.data(), out.size()};
}

std::string_view format_error_date(std::time_t time, int offset_minutes,
                                   std::span<char, error_date_bytes> out) {
    const auto at = civil_time(time, offset_minutes);
    Writer to(out.data());
    to.number(static_cast<unsigned>(at.year), 4).text("/").number(at.month, 2).text("/").number(at.day, 2);
    to.text(" ").clock(at);
    return {out.data(), out.size()};
}

}   // namespace gatehouse::http
