#pragma once
// Where a container engine listens, as configurations and DOCKER_HOST write it: unix:///var/run/docker.sock,
// tcp://10.0.0.5:2375, http://docker-proxy:2375. A value; nothing is opened or looked up here.

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::docker {

struct EngineEndpoint {
    std::string text;         // as written
    std::string unix_path;    // empty: TCP
    std::string host;         // of TCP: a name or a literal without brackets
    std::uint16_t port = 0;   // of TCP
};

// The error is a sentence that says what was expected.
[[nodiscard]] tl::expected<EngineEndpoint, std::string> parse_engine_endpoint(std::string_view text);

}   // namespace gatehouse::docker
