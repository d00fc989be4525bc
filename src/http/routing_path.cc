#include "http/routing_path.h"

#include "base/text.h"

#include <algorithm>
#include <span>

namespace gatehouse::http {
namespace {

constexpr std::string_view reserved = ":/?#[]@!$&'()*+,;=%";

// The byte that "%XX" at `at` stands for; -1: it is no escape.
int escaped_byte(std::string_view text, std::size_t at) {
    if (text[at] != '%' || at + 2 >= text.size()) return -1;
    const int high = hex_value(text[at + 1]);
    const int low = hex_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Whether nothing has to change; it may say no without need.
bool is_plain(std::string_view path) {
    char previous = '\0';
    for (const char c : path) {
        if (c == '%' || (previous == '/' && (c == '/' || c == '.'))) return false;
        previous = c;
    }
    return !path.empty();
}

// Decodes into `out`, which is as long as the path.
std::string_view decode(std::string_view path, std::span<char> out) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
        const int byte = escaped_byte(path, i);
        if (byte < 0) {
            out[length++] = path[i];
            continue;
        }
        if (reserved.find(static_cast<char>(byte)) != std::string_view::npos) {
            out[length++] = '%';
            out[length++] = to_upper(path[i + 1]);
            out[length++] = to_upper(path[i + 2]);
        } else {
            out[length++] = static_cast<char>(byte);
        }
        i += 2;
    }
    return {out.data(), length};
}

// Resolves the segments of `path` in place: nothing ever becomes longer.
std::string_view resolve(std::string_view path, std::span<char> out) {
    std::size_t length = 0;   // what is kept ends in a slash, but for the last segment
    std::size_t at = 0;
    out[length++] = '/';
    while (at < path.size()) {
        if (path[at] == '/') {
            ++at;
            continue;
        }
        const auto end = std::min(path.find('/', at), path.size());
        const auto segment = path.substr(at, end - at);
        at = end;
        if (segment == ".") continue;
        if (segment == "..") {
            if (length > 1) length = std::string_view(out.data(), length - 1).rfind('/') + 1;
            continue;
        }
        std::ranges::copy(segment, out.begin() + static_cast<std::ptrdiff_t>(length));
        length += segment.size();
        if (end < path.size()) out[length++] = '/';
    }
    return {out.data(), length};
}

}   // namespace

std::string_view routing_path(std::string_view path, Arena& arena) {
    path = path.substr(0, path.find_first_of("?#"));
    if (path.empty()) return "/";
    if (is_plain(path)) return path;
    const auto out = arena.allocate_text(path.size() + 1);
    const auto decoded = decode(path, out.subspan(1));   // the result never overtakes what is read
    return resolve(decoded, out);
}

namespace {

// nullopt: a broken escape.
std::optional<std::string_view> decode_form(std::string_view text, Arena& arena) {
    if (text.find_first_of("%+") == std::string_view::npos) return text;
    const auto out = arena.allocate_text(text.size());
    std::size_t length = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            const int byte = escaped_byte(text, i);
            if (byte < 0) return std::nullopt;
            out[length++] = static_cast<char>(byte);
            i += 2;
        } else {
            out[length++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return std::string_view(out.data(), length);
}

}   // namespace

std::optional<QueryPair> next_query_pair(std::string_view& query, Arena& arena) {
    while (!query.empty()) {
        const auto text = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), text.size() + 1));
        if (text.empty() || text.find(';') != std::string_view::npos) continue;
        const auto equals = std::min(text.find('='), text.size());
        const auto name = decode_form(text.substr(0, equals), arena);
        const auto value = decode_form(text.substr(std::min(equals + 1, text.size())), arena);
        if (name && value) return QueryPair{*name, *value};
    }
    return std::nullopt;
}

}   // namespace gatehouse::http
