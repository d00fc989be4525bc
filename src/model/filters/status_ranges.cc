#include "model/filters/status_ranges.h"

#include "base/text.h"

#include <algorithm>

namespace gatehouse::model {
namespace {

std::optional<int> parse_status(std::string_view text) {
    const auto number = parse_decimal(trim(text));
    if (!number || *number < 100 || *number > 999) return {};
    return static_cast<int>(*number);
}

}   // namespace

std::optional<StatusRanges> StatusRanges::parse(std::string_view text) {
    StatusRanges ranges;
    for (const auto part : split(text, ',')) {
        const auto hyphen = part.find('-');
        const auto first = parse_status(part.substr(0, hyphen));
        const auto last = hyphen == std::string_view::npos ? first : parse_status(part.substr(hyphen + 1));
        if (!first || !last || *last < *first) return {};
        ranges.add(*first, *last);
    }
    return ranges;
}

bool StatusRanges::contains(int status) const {
    return std::ranges::any_of(
        ranges_, [&](const Range& range) { return range.first <= status && status <= range.last; });
}

}   // namespace gatehouse::model
