#include "base/suggestion.h"

#include <fmt/format.h>

#include "base/text.h"

namespace gatehouse {

namespace {
constexpr std::size_t longest_suggestion_source = 64;
}   // namespace

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& names) {
    if (wrong.size() > longest_suggestion_source || wrong.size() < 2) return {};
    const std::size_t farthest = wrong.size() < 5 ? 1 : wrong.size() < 9 ? 2 : 3;
    const std::string wanted = lower(wrong);
    std::string_view nearest;
    std::size_t best = farthest + 1;
    for (std::string_view name : names) {
        const std::size_t gap =
            name.size() > wrong.size() ? name.size() - wrong.size() : wrong.size() - name.size();
        if (gap >= best) continue;
        const std::size_t distance = edit_distance(wanted, lower(name));
        if (distance < best) {
            best = distance;
            nearest = name;
        }
    }
    return nearest.empty() ? std::string() : fmt::format("did you mean \"{}\"?", nearest);
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && c != '\t') || byte == 0x7f) c = '?';
    }
    return out;
}

}   // namespace gatehouse
