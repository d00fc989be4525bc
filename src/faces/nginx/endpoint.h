#pragma once
// "host", "host:port", "[::1]:port", "unix:/path" and what may follow: the part of a URL behind its scheme,
// as nginx reads it in proxy_pass and in the server lines of an upstream. Pure text; no name is looked up.

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace gatehouse::nginx {

struct EndpointText {
    std::string host;         // as written, IPv6 in brackets; the path of a unix socket
    std::uint16_t port = 0;   // the default one when none is written
    bool has_port = false;
    bool is_unix = false;
    std::string uri;   // from the first "/" or "?" on; empty: none
};

// The error is nginx's word for it: "no host", "invalid port", …
[[nodiscard]] tl::expected<EndpointText, std::string> parse_endpoint(std::string_view text,
                                                                     std::uint16_t default_port);

}   // namespace gatehouse::nginx
