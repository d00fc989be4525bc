#include "providers/docker/engine_endpoint.h"

#include "base/text.h"

#include <fmt/format.h>

namespace gatehouse::docker {
namespace {

constexpr std::uint16_t docker_port = 2375;      // what Docker's own client takes for tcp:// without one
constexpr std::size_t longest_unix_path = 107;   // sun_path, see unix(7)
constexpr std::string_view expected_forms = "expected unix:///PATH, tcp://HOST:PORT or http://HOST:PORT";

using Parsed = tl::expected<EngineEndpoint, std::string>;

Parsed refuse(std::string_view text, std::string_view why) {
    return tl::unexpected(fmt::format("\"{}\" is no address of an engine: {}", text, why));
}

Parsed parse_unix(EngineEndpoint endpoint, std::string_view path) {
    if (!path.starts_with('/') || path.size() < 2)
        return refuse(endpoint.text, "the path of a unix socket begins with \"/\", as in unix:///run/x");
    if (path.size() > longest_unix_path || path.find('\0') != std::string_view::npos)
        return refuse(endpoint.text, "a path of at most 107 bytes was expected");
    endpoint.unix_path = path;
    return endpoint;
}

Parsed parse_tcp(EngineEndpoint endpoint, std::string_view address, std::uint16_t default_port) {
    if (address.ends_with('/')) address.remove_suffix(1);
    if (address.find('/') != std::string_view::npos)
        return refuse(endpoint.text, "a path after the address is not supported");
    const bool is_bracketed = address.starts_with('[');
    const std::size_t host_end = is_bracketed ? address.find(']') : address.rfind(':');
    if (is_bracketed && host_end == std::string_view::npos) return refuse(endpoint.text, expected_forms);
    std::string_view host = address.substr(is_bracketed ? 1 : 0, is_bracketed ? host_end - 1 : host_end);
    std::string_view rest =
        host_end == std::string_view::npos ? std::string_view() : address.substr(host_end);
    if (is_bracketed) rest.remove_prefix(1);
    endpoint.port = default_port;
    if (!rest.empty()) {
        const auto port = rest.front() == ':' ? parse_decimal(rest.substr(1)) : std::nullopt;
        if (!port || *port == 0 || *port > 65'535)
            return refuse(endpoint.text, "a port from 1 to 65535 was expected");
        endpoint.port = static_cast<std::uint16_t>(*port);
    }
    if (host.empty()) return refuse(endpoint.text, expected_forms);
    endpoint.host = host;
    return endpoint;
}

}   // namespace

tl::expected<EngineEndpoint, std::string> parse_engine_endpoint(std::string_view text) {
    EngineEndpoint endpoint;
    endpoint.text = text;
    const auto colon = text.find("://");
    if (colon == std::string_view::npos) return refuse(text, expected_forms);
    const std::string scheme = lower(text.substr(0, colon));
    const std::string_view address = text.substr(colon + 3);
    if (scheme == "unix") return parse_unix(std::move(endpoint), address);
    if (scheme == "tcp" || scheme == "http") return parse_tcp(std::move(endpoint), address, docker_port);
    if (scheme == "https" || scheme == "ssh" || scheme == "npipe")
        return refuse(text, fmt::format("{}:// is not supported; {}", scheme, expected_forms));
    return refuse(text, expected_forms);
}

}   // namespace gatehouse::docker
