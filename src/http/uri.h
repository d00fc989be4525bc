#pragma once
// Request targets (RFC 9112 3.2) and what nginx makes of their path: percent-decoded, dot segments resolved,
// double slashes merged if wanted, never above the root. Escaping in nginx's three kinds. Pure functions;
// results are views of the input where nothing had to change, of the arena where it had.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/head.h"

namespace gatehouse::http {

enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

struct Target {
    TargetForm form = TargetForm::origin;
    std::string_view scheme;      // absolute: "http", as sent
    std::string_view authority;   // absolute and authority: "host:port", as sent
    // Origin and absolute: path and query as sent. In absolute form it may lack the path: "" or "?args".
    std::string_view uri;
};
// 400 for what is none of the four, or a form that does not go with the method (CONNECT, OPTIONS *).
[[nodiscard]] HeadResult<Target> parse_target(Method method, std::string_view target);

struct NormalizedUri {
    std::string_view path;   // decoded; begins with "/"; may hold any byte but NUL
    std::string_view args;   // raw, without "?" and fragment
    bool has_args = false;   // there was a "?", perhaps with nothing behind it
    bool changed = false;    // path is not what was sent
};
// `uri` is Target::uri (or any text from configuration that begins with "/"). 400: a broken escape, %00,
// above the root.
[[nodiscard]] HeadResult<NormalizedUri> normalize_uri(std::string_view uri, Arena& arena,
                                                      bool merge_slashes = true);

// The file extension without its dot: of the last segment, not when the dot begins it. "" for none.
[[nodiscard]] std::string_view extension_of(std::string_view path);

enum class Escape : std::uint8_t {
    uri,         // a decoded path put back into a URI: keeps "/" and what else a path may hold
    args,        // as above, and what would split arguments: & + ;
    component,   // everything but unreserved characters (RFC 3986 2.3)
};
[[nodiscard]] std::string_view escape(std::string_view text, Escape kind, Arena& arena);
// Percent-decodes what is well-formed and leaves the rest alone.
[[nodiscard]] std::string_view unescape(std::string_view text, Arena& arena);

// The raw value of the first argument of that name, in any case (nginx's $arg_NAME). An argument without "="
// has none.
[[nodiscard]] std::optional<std::string_view> find_argument(std::string_view args, std::string_view name);

}   // namespace gatehouse::http
