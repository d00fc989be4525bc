#pragma once
// How large bodies may be, and that a request is read whole before it is passed on: Traefik's `buffering`.

#include <cstdint>
#include <optional>

namespace gatehouse::model {

struct BodyLimits {
    std::optional<std::uint64_t> request_bytes;    // 413 beyond
    std::optional<std::uint64_t> response_bytes;   // 500 instead of one that says it is longer
};

}   // namespace gatehouse::model
