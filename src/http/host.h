#pragma once
// The host a request is for: from an absolute-form target, else from Host (RFC 9112 3.2). Syntax as nginx
// sees it: a name, an IPv4 address or an IP literal in brackets, perhaps a port. The name comes out in lower
// case, without a trailing dot and without the port, ready for matching.

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/head.h"
#include "http/uri.h"

namespace gatehouse::http {

struct Host {
    std::string_view name;        // "" when an HTTP/1.0 request names none; "[::1]" keeps its brackets
    std::string_view port_text;   // as sent, without the colon
    std::optional<std::uint16_t> port;
};

// `text` is "name", "name:port" or "[literal]:port". The name is a view of `text`, or of the arena when it
// had to change.
[[nodiscard]] HeadResult<Host> parse_host(std::string_view text, Arena& arena);

// 400: no Host in HTTP/1.1, more than one, an invalid one; also when an absolute-form target makes it
// irrelevant.
[[nodiscard]] HeadResult<Host> request_host(const RequestHead& head, const Target& target, Arena& arena);

}   // namespace gatehouse::http
