#include "base/text.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace gatehouse {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), to_lower);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool less_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::lexicographical_compare(a, b, {}, to_lower, to_lower);
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
    const auto found = std::search(text.begin(), text.end(), part.begin(), part.end(),
                                   [](char x, char y) { return to_lower(x) == to_lower(y); });
    return part.empty() || found != text.end();
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const auto at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.empty()) return std::nullopt;
    constexpr auto limit = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t value = 0;
    constexpr std::size_t safe_digits = std::numeric_limits<std::uint64_t>::digits10;
    std::size_t at = 0;
    for (; at < std::min(text.size(), safe_digits); ++at) {
        if (!is_digit(text[at])) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(text[at] - '0');
    }
    for (; at < text.size(); ++at) {   // leading zeros, or too large
        if (!is_digit(text[at])) return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(text[at] - '0');
        if (value > (limit - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.empty()) return std::nullopt;
    int shift = 0;
    switch (to_lower(text.back())) {
        case 'k': shift = 10; break;
        case 'm': shift = 20; break;
        case 'g': shift = 30; break;
        default: break;
    }
    if (shift != 0) text.remove_suffix(1);
    const auto value = parse_decimal(text);
    if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> shift)) return std::nullopt;
    return *value << shift;
}

namespace {

struct TimeUnit {
    std::string_view name;
    std::uint64_t milliseconds;
};
// Largest first: a time is written from its largest unit down, each unit once.
constexpr TimeUnit time_units[] = {{"y", 365ULL * 86'400'000},
                                   {"M", 30ULL * 86'400'000},
                                   {"w", 7ULL * 86'400'000},
                                   {"d", 86'400'000},
                                   {"h", 3'600'000},
                                   {"m", 60'000},
                                   {"s", 1000},
                                   {"ms", 1}};

}   // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::uint64_t limit = 1000ULL * 365 * 86'400'000;   // a thousand years
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto value = parse_decimal(text.substr(0, digits));
        text.remove_prefix(digits);
        const auto letters = std::min(text.find_first_of("0123456789 "), text.size());
        const auto name = letters == 0 ? std::string_view("s") : text.substr(0, letters);
        text.remove_prefix(letters);
        while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
        const auto* unit = std::find_if(std::begin(time_units) + next_unit, std::end(time_units),
                                        [&](const TimeUnit& u) { return u.name == name; });
        if (!value || unit == std::end(time_units) || *value > limit / unit->milliseconds)
            return std::nullopt;
        next_unit = static_cast<std::size_t>(unit - std::begin(time_units)) + 1;
        total += *value * unit->milliseconds;
        if (total > limit) return std::nullopt;
    }
    return std::chrono::milliseconds(total);
}

// Two neighbours that changed places count as one mistake, as typing makes it.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);   // two rows up, one up, and the one at hand
    std::vector<std::size_t> above = before;
    std::vector<std::size_t> row = before;
    std::iota(row.begin(), row.end(), 0U);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(above);
        above.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::size_t CaseInsensitiveHash::operator()(std::string_view text) const {
    std::uint64_t hash = 0xcbf29ce484222325ULL;   // FNV-1a
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(to_lower(c))) * 0x100000001b3ULL;
    return hash;
}

}   // namespace gatehouse
