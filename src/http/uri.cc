#include "http/uri.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "http/characters.h"

namespace gatehouse::http {
namespace {

HeadFailure bad_target() { return refuse(400, "malformed request target"); }

// "http://host:port/path?args" (RFC 9112 3.2.2). What the host looks like is for parse_host.
HeadResult<Target> parse_absolute(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || !is_alpha(text.front())) return bad_target();
    const auto scheme = text.substr(0, colon);
    const auto is_scheme_character = [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    };
    if (!std::ranges::all_of(scheme, is_scheme_character)) return bad_target();
    auto rest = text.substr(colon + 1);
    if (!rest.starts_with("//")) return bad_target();
    rest.remove_prefix(2);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    // RFC 9110 4.2.4: userinfo is an attempt to mislead.
    if (authority.empty() || authority.find('@') != std::string_view::npos) return bad_target();
    return Target{TargetForm::absolute, scheme, authority, rest.substr(authority.size())};
}

// "host:port", for CONNECT alone (RFC 9112 3.2.3); the port must be there.
HeadResult<Target> parse_authority(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return bad_target();
    const auto port = parse_decimal(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return bad_target();
    if (text.find_first_of("/?#@") != std::string_view::npos) return bad_target();
    return Target{TargetForm::authority, {}, text, {}};
}

}   // namespace

HeadResult<Target> parse_target(Method method, std::string_view target) {
    if (target.empty()) return bad_target();
    if (method == Method::connect) return parse_authority(target);
    if (target.front() == '/') return Target{TargetForm::origin, {}, {}, target};
    if (target == "*") {
        if (method != Method::options) return bad_target();
        return Target{TargetForm::asterisk, {}, {}, {}};
    }
    return parse_absolute(target);
}

namespace {

// Whether a path, which begins with "/", is already as normalize_path would leave it; it may say no without
// need.
bool is_normal(std::string_view path, bool merge_slashes) {
    char previous = '\0';
    for (const char c : path) {
        if (c == '%' || c == '\0') return false;
        if (previous == '/' && (c == '.' || (c == '/' && merge_slashes))) return false;
        previous = c;
    }
    return true;
}

// Decodes a path and resolves its segments into `out`, which is as long as the path: nothing ever becomes
// longer.
class PathNormalizer {
public:
    PathNormalizer(std::span<char> out, bool merge_slashes) : out_(out), merge_slashes_(merge_slashes) {
        out_[length_++] = '/';
        segment_ = length_;
    }

    [[nodiscard]] HeadResult<std::string_view> run(std::string_view path) {
        for (std::size_t i = 1; i < path.size(); ++i) {
            char c = path[i];
            if (c == '%') {
                const int high = i + 2 < path.size() ? hex_value(path[i + 1]) : -1;
                const int low = i + 2 < path.size() ? hex_value(path[i + 2]) : -1;
                if (high < 0 || low < 0) return refuse(400, "broken percent escape in a path");
                c = static_cast<char>(high * 16 + low);
                i += 2;
            }
            if (c == '\0') return refuse(400, "NUL in a path");
            // As nginx: an escaped slash separates segments like any other.
            if (c != '/') {
                out_[length_++] = c;
            } else if (!end_segment(true)) {
                return refuse(400, "path leads above the root");
            }
        }
        if (!end_segment(false)) return refuse(400, "path leads above the root");
        return std::string_view(out_.data(), length_);
    }

private:
    // False: above the root.
    bool end_segment(bool slash_follows) {
        const std::string_view segment(out_.data() + segment_, length_ - segment_);
        if (segment == ".") {
            length_ = segment_;
        } else if (segment == "..") {
            if (segment_ == 1) return false;
            length_ = segment_ - 1;
            while (out_[length_ - 1] != '/') --length_;
        } else if (slash_follows && (!segment.empty() || !merge_slashes_)) {
            out_[length_++] = '/';
        }
        segment_ = length_;
        return true;
    }

    std::span<char> out_;
    bool merge_slashes_;
    std::size_t length_ = 0;
    std::size_t segment_ = 0;   // where the current segment begins: behind a slash
};

}   // namespace

HeadResult<NormalizedUri> normalize_uri(std::string_view uri, Arena& arena, bool merge_slashes) {
    NormalizedUri result;
    const auto text = uri.substr(0, uri.find('#'));   // RFC 9112 3.2 sends no fragment; nginx cuts one off
    const auto question = text.find('?');
    const auto path = text.substr(0, question);
    if (question != std::string_view::npos) {
        result.has_args = true;
        result.args = text.substr(question + 1);
    }
    if (path.empty()) {
        result.path = "/";
        result.changed = true;
        return result;
    }
    if (path.front() != '/') return refuse(400, "path does not begin with a slash");
    if (is_normal(path, merge_slashes)) {
        result.path = path;
        return result;
    }
    const auto normalized = PathNormalizer(arena.allocate_text(path.size()), merge_slashes).run(path);
    if (!normalized) return HeadFailure(normalized.error());
    result.changed = *normalized != path;
    result.path = *normalized;
    return result;
}

std::string_view extension_of(std::string_view path) {
    const auto segment = path.substr(path.rfind('/') + 1);   // npos + 1 is 0
    const auto dot = segment.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return {};
    return segment.substr(dot + 1);
}

namespace {

// Which bytes each kind escapes; nginx's three sets.
constexpr std::array<std::uint8_t, 256> make_escape_table() {
    constexpr std::string_view both = " \"#%<>?\\^`{|}";
    constexpr std::string_view in_args = "&+;";
    constexpr std::string_view unreserved = "-._~";
    const auto bit = [](Escape kind) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind)); };
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = 0; c < 256; ++c) {
        const char character = static_cast<char>(c);
        const auto is_in = [character](std::string_view set) {
            return set.find(character) != std::string_view::npos;
        };
        const bool raw = c < 0x20 || c >= 0x7f;
        if (raw || is_in(both)) table[c] |= bit(Escape::uri);
        const bool splits = is_in(in_args);
        if (raw || is_in(both) || splits) table[c] |= bit(Escape::args);
        if (!is_alpha(character) && !is_digit(character) && !is_in(unreserved))
            table[c] |= bit(Escape::component);
    }
    return table;
}
constexpr auto escape_table = make_escape_table();

}   // namespace

std::string_view escape(std::string_view text, Escape kind, Arena& arena) {
    const auto must_escape = [bit = 1U << static_cast<unsigned>(kind)](char c) {
        return (escape_table[static_cast<unsigned char>(c)] & bit) != 0;
    };
    const auto count = static_cast<std::size_t>(std::ranges::count_if(text, must_escape));
    if (count == 0) return text;
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto out = arena.allocate_text(text.size() + 2 * count);
    std::size_t length = 0;
    for (const char c : text) {
        if (!must_escape(c)) {
            out[length++] = c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out[length++] = '%';
        out[length++] = digits[byte >> 4];
        out[length++] = digits[byte & 0xf];
    }
    return {out.data(), length};
}

std::string_view unescape(std::string_view text, Arena& arena) {
    if (text.find('%') == std::string_view::npos) return text;
    const auto out = arena.allocate_text(text.size());
    std::size_t length = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
                             hex_value(text[i + 2]) >= 0;
        out[length++] =
            escaped ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
        if (escaped) i += 2;
    }
    return {out.data(), length};
}

std::optional<std::string_view> find_argument(std::string_view args, std::string_view name) {
    while (!args.empty()) {
        const auto argument = args.substr(0, args.find('&'));
        const auto equals = argument.find('=');
        if (equals != std::string_view::npos && equals_ignoring_case(argument.substr(0, equals), name)) {
            return argument.substr(equals + 1);
        }
        args.remove_prefix(std::min(args.size(), argument.size() + 1));
    }
    return std::nullopt;
}

}   // namespace gatehouse::http
