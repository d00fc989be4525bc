#include <array>
#include <chrono>
#include <cstdint>

#include "base/text.h"
#include "http/date.h"

namespace gatehouse::http {
namespace {

// Takes a date apart from the front; once something does not fit, nothing does.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

    void expect(std::string_view part) {
        ok_ = ok_ && rest_.starts_with(part);
        if (ok_) rest_.remove_prefix(part.size());
    }
    int number(std::size_t digits) {
        const auto value = parse_decimal(rest_.substr(0, digits));
        ok_ = ok_ && rest_.size() >= digits && value.has_value();
        if (!ok_) return 0;
        rest_.remove_prefix(digits);
        return static_cast<int>(*value);
    }
    // "06" or " 6"
    int day() {
        if (!rest_.starts_with(' ')) return number(2);
        rest_.remove_prefix(1);
        return number(1);
    }
    int month() {
        constexpr std::array<std::string_view, 12> names = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!ok_ || !rest_.starts_with(names[i])) continue;
            rest_.remove_prefix(3);
            return static_cast<int>(i) + 1;
        }
        ok_ = false;
        return 0;
    }
    void weekday(bool long_name) {
        constexpr std::array<std::string_view, 7> names = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                           "Thursday", "Friday", "Saturday"};
        for (const auto name : names) {
            const auto form = long_name ? name : name.substr(0, 3);
            if (!ok_ || !rest_.starts_with(form)) continue;
            rest_.remove_prefix(form.size());
            return;
        }
        ok_ = false;
    }

private:
    std::string_view rest_;
    bool ok_ = true;
};

struct ReadDate {
    int year = 0;
    int month = 0;
    int day = 0;
    int second_of_day = 0;
};

void read_clock(Reader& from, ReadDate& date) {
    const int hour = from.number(2);
    from.expect(":");
    const int minute = from.number(2);
    from.expect(":");
    const int second = from.number(2);
    const bool valid = hour < 24 && minute < 60 && second <= 60;   // 60: a leap second
    date.second_of_day = valid ? hour * 3600 + minute * 60 + second : -1;
}

// "06 Nov 1994 08:49:37 GMT", behind the weekday
void read_imf_fixdate(Reader& from, ReadDate& date) {
    date.day = from.number(2);
    from.expect(" ");
    date.month = from.month();
    from.expect(" ");
    date.year = from.number(4);
    from.expect(" ");
    read_clock(from, date);
    from.expect(" GMT");
}

// "06-Nov-94 08:49:37 GMT": two digits of a year. As nginx, 70 and above are of the last century.
void read_rfc850(Reader& from, ReadDate& date) {
    date.day = from.number(2);
    from.expect("-");
    date.month = from.month();
    from.expect("-");
    const int year = from.number(2);
    date.year = year + (year < 70 ? 2000 : 1900);
    from.expect(" ");
    read_clock(from, date);
    from.expect(" GMT");
}

// "Nov  6 08:49:37 1994"
void read_asctime(Reader& from, ReadDate& date) {
    date.month = from.month();
    from.expect(" ");
    date.day = from.day();
    from.expect(" ");
    read_clock(from, date);
    from.expect(" ");
    date.year = from.number(4);
}

}   // namespace

std::optional<std::time_t> parse_http_date(std::string_view text) {
    Reader from(text);
    ReadDate read;
    const auto comma = text.find(',');
    from.weekday(comma != std::string_view::npos && comma > 3);
    if (comma == 3) {
        from.expect(", ");
        read_imf_fixdate(from, read);
    } else if (comma != std::string_view::npos) {
        from.expect(", ");
        read_rfc850(from, read);
    } else {
        from.expect(" ");
        read_asctime(from, read);
    }
    const std::chrono::year_month_day date{std::chrono::year(read.year),
                                           std::chrono::month(static_cast<unsigned>(read.month)),
                                           std::chrono::day(static_cast<unsigned>(read.day))};
    if (!from.at_end() || !date.ok() || read.second_of_day < 0) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return static_cast<std::time_t>(days * 86'400 + read.second_of_day);
}

}   // namespace gatehouse::http
