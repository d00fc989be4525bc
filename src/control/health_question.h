#pragma once
// One request of a health check on a connection that is made for it, and what comes back. The head decides;
// of a body only so much is read that a small one is taken whole, for endpoints that would complain
// otherwise.

#include "loop/task.h"
#include "model/health_check.h"
#include "net/stream.h"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>

namespace gatehouse::control {

// Of an answer: more is not read.
inline constexpr std::size_t largest_health_head = 64 * 1024;
inline constexpr std::size_t largest_health_body = 64 * 1024;

struct HealthQuestion {
    const model::HealthCheck& check;
    std::string method, path, host;
    bool is_secure = false;
};

struct HealthAnswer {
    int status = 0;
    std::string location{};
    std::string grpc_status{};   // "": none was given
    std::string message{};       // of gRPC: the body as it came
};

using HealthAnswered = tl::expected<HealthAnswer, std::string>;   // or why there is none, as "it …"

// `stream` is connected, and its handshake is done. Bounded in time by the strand's deadline.
[[nodiscard]] loop::Task<HealthAnswered> ask_over_http_1(net::Stream& stream, const HealthQuestion& question);
[[nodiscard]] loop::Task<HealthAnswered> ask_over_http_2(net::Stream& stream, const HealthQuestion& question);

}   // namespace gatehouse::control
