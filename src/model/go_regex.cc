#include "model/go_regex.h"

#include "base/text.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace gatehouse::model {
namespace {

constexpr std::int64_t most_memory = 1024 * 1024;   // of a compiled expression

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

bool is_of_name(char c) { return is_alpha(c) || is_digit(c) || c == '_'; }

// How far the next search begins behind a match that was empty: whole characters, so that none is split.
std::size_t character_bytes(std::string_view text, std::size_t at) {
    std::size_t bytes = 1;
    while (at + bytes < text.size() && (static_cast<unsigned char>(text[at + bytes]) & 0xC0U) == 0x80U)
        ++bytes;
    return bytes;
}

}   // namespace

GoReplacement::GoReplacement(std::string_view text, const GoRegex& of) {
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
            number ? static_cast<int>(std::min<std::uint64_t>(*number, 1U << 16U)) : of.group_named(name);
        text = from.substr(bytes + (braced ? 1 : 0));
        parts_.emplace_back();
    }
}

GoRegex::GoRegex(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}
GoRegex::~GoRegex() = default;

tl::expected<std::shared_ptr<const GoRegex>, std::string> GoRegex::compile(std::string_view pattern,
                                                                           bool ignore_case) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(most_memory);
    options.set_case_sensitive(!ignore_case);
    auto compiled = std::make_unique<re2::RE2>(piece(pattern), options);
    if (!compiled->ok()) return tl::unexpected(compiled->error());
    return std::shared_ptr<const GoRegex>(new GoRegex(std::move(compiled)));
}

bool GoRegex::matches(std::string_view text) const {
    return compiled_->Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

std::optional<std::string_view> GoRegex::find(std::string_view text) const {
    re2::StringPiece found;
    if (!compiled_->Match(piece(text), 0, text.size(), re2::RE2::UNANCHORED, &found, 1)) return {};
    return text.substr(static_cast<std::size_t>(found.data() - text.data()), found.size());
}

std::string GoRegex::replace_all(std::string_view text, const GoReplacement& by) const {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled_->NumberOfCapturingGroups()) + 1);
    std::string out;
    std::size_t at = 0, copied = 0;
    while (at <= text.size()) {
        const bool found = compiled_->Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, groups.data(),
                                            static_cast<int>(groups.size()));
        if (!found) break;
        const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
        const auto end = begin + groups[0].size();
        out += text.substr(copied, begin - copied);
        if (end > copied || begin == 0) {   // an empty match right behind another one is none
            for (const auto& part : by.parts_) {
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

const std::string& GoRegex::pattern() const { return compiled_->pattern(); }

int GoRegex::group_named(std::string_view name) const {
    const auto& names = compiled_->NamedCapturingGroups();
    const auto found = names.find(std::string(name));
    return found == names.end() ? -1 : found->second;
}

}   // namespace gatehouse::model
