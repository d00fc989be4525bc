#include "model/go_replacement.h"

#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace gatehouse::model {
namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

bool is_of_name(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

// How far the next search begins behind a match that was empty: whole characters, so that none is split.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    std::size_t bytes = 1;
    while (at + bytes < text.size() && (static_cast<unsigned char>(text[at + bytes]) & 0xC0U) == 0x80U)
        ++bytes;
    return bytes;
}

// -1: there is none of this name.
int group_named(const LinearRegex& expression, std::string_view name) {
    const auto& names = expression.expression().NamedCapturingGroups();
    const auto found = names.find(std::string(name));
    return found == names.end() ? -1 : found->second;
}

}   // namespace

GoReplacement::GoReplacement(std::string_view text, const LinearRegex& of) {
    parts_.emplace_back();
    while (!text.empty()) {
        const auto dollar = text.find('$');
        parts_.back().literal += text.substr(0, dollar);
        if (dollar == std::string_view::npos) return;
        text.remove_prefix(dollar + 1);
        if (text.starts_with('$')) {
            parts_.back().literal += '$';
            text.remove_prefix(1);
            continue;
        }
        const bool braced = text.starts_with('{');
        const auto from = text.substr(braced ? 1 : 0);
        const auto bytes =
            static_cast<std::size_t>(std::ranges::find_if_not(from, is_of_name) - from.begin());
        const bool closed = !braced || (bytes < from.size() && from[bytes] == '}');
        if (bytes == 0 || !closed) {   // no name: the dollar stands for itself
            parts_.back().literal += '$';
            continue;
        }
        const auto name = from.substr(0, bytes);
        const auto number = parse_decimal(name);
        parts_.back().group =
            number ? static_cast<int>(std::min<std::uint64_t>(*number, 1U << 16U)) : group_named(of, name);
        text = from.substr(bytes + (braced ? 1 : 0));
        parts_.emplace_back();
    }
}

std::optional<std::string_view> find(const LinearRegex& expression, std::string_view text) {
    re2::StringPiece found;
    const bool matched =
        expression.expression().Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, &found, 1);
    if (!matched) return {};
    return text.substr(static_cast<std::size_t>(found.data() - text.data()), found.size());
}

std::string GoReplacement::replace_all(const LinearRegex& of, std::string_view text) const {
    const re2::RE2& expression = of.expression();
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
    std::string out;
    std::size_t at = 0, copied = 0;
    while (at <= text.size()) {
        const bool found = expression.Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                            static_cast<int>(groups.size()));
        if (!found) break;
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        const auto end = begin + groups[0].size();
        out += text.substr(copied, begin - copied);
        if (end > copied || begin == 0) {   // an empty match right behind another one is none
            for (const auto& part : parts_) {
                out += part.literal;
                if (part.group < 0 || static_cast<std::size_t>(part.group) >= groups.size()) continue;
                const auto& group = groups[static_cast<std::size_t>(part.group)];
                if (group.data() != nullptr) out.append(group.data(), group.size());
            }
        }
        copied = end;
        at = end > at ? end : at + character_bytes(text, at);
    }
    if (copied < text.size()) out += text.substr(copied);
    return out;
}

}   // namespace gatehouse::model
