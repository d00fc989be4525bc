#include "faces/nginx/endpoint.h"

#include <limits>

#include "base/text.h"

namespace gatehouse::nginx {
namespace {

using Parsed = tl::expected<EndpointText, std::string>;

// "unix:PATH" or "unix:PATH:URI".
Parsed parse_unix(std::string_view text) {
    EndpointText endpoint;
    endpoint.is_unix = true;
    const std::size_t colon = text.find(':');
    endpoint.host = std::string(text.substr(0, colon));
    if (colon != std::string_view::npos) endpoint.uri = std::string(text.substr(colon + 1));
    if (endpoint.host.empty()) return tl::unexpected(std::string("no path in the unix domain socket"));
    constexpr std::size_t longest_path = 107;   // sun_path of unix(7), less the final zero
    if (endpoint.host.size() > longest_path)
        return tl::unexpected(std::string("too long path in the unix domain socket"));
    return endpoint;
}

}   // namespace

Parsed parse_endpoint(std::string_view text, std::uint16_t default_port) {
    if (starts_with_ignoring_case(text, "unix:")) return parse_unix(text.substr(5));
    EndpointText endpoint{.host = {}, .port = default_port, .has_port = false, .is_unix = false, .uri = {}};
    const std::size_t uri = text.find_first_of("/?");
    if (uri != std::string_view::npos) {
        endpoint.uri = std::string(text.substr(uri));
        if (endpoint.uri.starts_with('?')) endpoint.uri.insert(0, "/");
        text = text.substr(0, uri);
    }
    std::size_t host_end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t bracket = text.find(']');
        if (bracket == std::string_view::npos) return tl::unexpected(std::string("invalid host"));
        host_end = bracket + 1 < text.size() ? bracket + 1 : std::string_view::npos;
        if (host_end != std::string_view::npos && text[host_end] != ':')
            return tl::unexpected(std::string("invalid host"));
    }
    endpoint.host = std::string(text.substr(0, host_end));
    if (endpoint.host.empty()) return tl::unexpected(std::string("no host"));
    if (endpoint.host.find_first_of(" \t\"'<>\\^`{|}") != std::string::npos)
        return tl::unexpected(std::string("invalid host"));
    if (host_end == std::string_view::npos) return endpoint;
    const auto port = parse_decimal(text.substr(host_end + 1));
    if (!port || *port == 0 || *port > std::numeric_limits<std::uint16_t>::max())
        return tl::unexpected(std::string("invalid port"));
    endpoint.port = static_cast<std::uint16_t>(*port);
    endpoint.has_port = true;
    return endpoint;
}

}   // namespace gatehouse::nginx
