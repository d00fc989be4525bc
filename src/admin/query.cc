#include "admin/query.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::admin {
namespace {

constexpr std::size_t most_entries = 64;
constexpr std::size_t largest_number = 1'000'000;   // of a page, or of things on one

std::string decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
            hex_value(text[i + 2]) >= 0) {
            decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i] == '+' ? ' ' : text[i];
        }
    }
    return decoded;
}

}   // namespace

Query::Query(std::string_view text) {
    for (const std::string_view part : split(text, '&')) {
        if (part.empty()) continue;
        if (entries_.size() == most_entries) return;
        const auto equals = part.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
        entries_.emplace_back(decode(part.substr(0, equals)), decode(value));
    }
}

std::string_view Query::value(std::string_view name) const {
    const auto found = std::ranges::find(entries_, name, [](const auto& entry) { return entry.first; });
    return found == entries_.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::size_t> Query::number(std::string_view name, std::size_t otherwise) const {
    const auto text = value(name);
    if (text.empty()) return otherwise;
    const auto number = parse_decimal(text);
    if (!number || *number == 0 || *number > largest_number) return std::nullopt;
    return static_cast<std::size_t>(*number);
}

std::string encode_query_value(std::string_view value) {
    std::string encoded;
    for (const char c : value) {
        if (is_alpha(c) || is_digit(c) || std::string_view("-_.~").find(c) != std::string_view::npos) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

std::optional<PageOf> choose_page(const Query& query, std::size_t count, std::size_t usual_size) {
    const auto number = query.number("page", 1), size = query.number("per_page", usual_size);
    if (!number || !size) return std::nullopt;
    PageOf page;
    page.first = (*number - 1) * *size;
    if (page.first != 0 && page.first >= count) return std::nullopt;
    page.last = std::min(count, page.first + *size);
    page.next = page.last < count ? *number + 1 : 1;
    return page;
}

}   // namespace gatehouse::admin
