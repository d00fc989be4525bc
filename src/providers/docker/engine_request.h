#pragma once
// What may be asked of a container engine, as typed questions: the gateway names one, and only whoever holds
// the engine's socket turns it into HTTP. Docker's Engine API, without a version in the path: then the engine
// answers by the newest it knows, and no engine refuses us for being too old.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::docker {

struct EngineRequest {
    enum class Kind : std::uint8_t {
        ping,
        version,
        list,      // every container, also those that do not run
        inspect,   // of one container
        events,   // of containers and networks, from now or `since` on; never ends by itself
    };
    Kind kind = Kind::ping;
    std::string id = {};      // of the container to inspect; otherwise empty
    std::int64_t since = 0;   // of events: nanoseconds since 1970 by the engine's clock, 0: from now on

    friend bool operator==(const EngineRequest&, const EngineRequest&) = default;
};
inline constexpr std::size_t engine_request_kinds = 5;
inline constexpr std::size_t longest_container_id = 128;

// 1 to 128 of [0-9a-zA-Z_.-], the first a letter or digit: nothing that a path could be made to mean
// otherwise.
[[nodiscard]] bool is_container_id(std::string_view text);
// To be checked by whoever received the request from another process.
[[nodiscard]] bool is_valid(const EngineRequest& request);

// The whole request in HTTP/1.1; the connection ends with its answer. `host` is for the Host field. The
// request must be valid.
[[nodiscard]] std::string request_text(const EngineRequest& request, std::string_view host);

// The most bytes of an answer, its body; beyond that it is refused. No limit for events, whose lines have
// one.
inline constexpr std::size_t no_limit = static_cast<std::size_t>(-1);
[[nodiscard]] std::size_t answer_limit(EngineRequest::Kind kind);

}   // namespace gatehouse::docker
