#include "faces/traefik/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/text.h"

namespace gatehouse::traefik {
namespace {

using Wide = __int128;   // so that no step of a sum can overflow

struct Unit {
    std::string_view name;
    std::int64_t nanoseconds;
};
constexpr Unit units[] = {
    {"ns", 1},         {"us", 1'000},        {"µs", 1'000},         {"μs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}};
constexpr Wide largest = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t most_digits = 18;

// One "1.5h" off the front; nothing: it is none.
std::optional<Wide> take_part(std::string_view& text) {
    const auto take_digits = [&text] {
        const auto count = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto digits = text.substr(0, count);
        text.remove_prefix(count);
        return digits;
    };
    const std::string_view whole = take_digits();
    std::string_view fraction;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        fraction = take_digits();
    }
    if ((whole.empty() && fraction.empty()) || whole.size() > most_digits) return std::nullopt;
    const auto name = text.substr(0, std::min(text.find_first_of(".0123456789"), text.size()));
    const auto* unit = std::ranges::find(units, name, &Unit::name);
    if (unit == std::end(units)) return std::nullopt;
    text.remove_prefix(name.size());
    Wide sum = 0;
    for (const char digit : whole) sum = sum * 10 + (digit - '0');
    sum *= unit->nanoseconds;
    Wide scale = unit->nanoseconds;
    for (const char digit : fraction.substr(0, most_digits)) {
        sum += scale * (digit - '0') / 10;
        scale /= 10;
    }
    return sum;
}

}   // namespace

std::optional<bool> parse_flag(std::string_view text) {
    for (const std::string_view word : {"1", "t", "T", "true", "True", "TRUE"}) {
        if (text == word) return true;
    }
    for (const std::string_view word : {"0", "f", "F", "false", "False", "FALSE"}) {
        if (text == word) return false;
    }
    return std::nullopt;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return std::nullopt;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_real(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

std::optional<Duration> parse_go_duration(std::string_view text) {
    if (const auto seconds = parse_number(text)) {
        const Wide total = Wide{*seconds} * 1'000'000'000;
        if (total > largest || total < -largest) return std::nullopt;
        return Duration(static_cast<std::int64_t>(total));
    }
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    Wide total = 0;
    while (!text.empty()) {
        const auto part = take_part(text);
        if (!part || (total += *part) > largest) return std::nullopt;
    }
    return Duration(static_cast<std::int64_t>(negative ? -total : total));
}

std::string describe(Duration duration) {
    std::int64_t rest = duration.count();
    if (rest == 0) return "0s";
    std::string text = rest < 0 ? "-" : "";
    // the most negative value has no positive counterpart; parse_go_duration never gives it
    rest = rest < 0 ? -std::max(rest, -std::numeric_limits<std::int64_t>::max()) : rest;
    for (const std::string_view name : {"h", "m", "s", "ms", "us", "ns"}) {
        const std::int64_t size = std::ranges::find(units, name, &Unit::name)->nanoseconds;
        if (rest >= size) text += fmt::format("{}{}", rest / size, name);
        rest %= size;
    }
    return text;
}

}   // namespace gatehouse::traefik
