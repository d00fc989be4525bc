#pragma once
// What keeper and gateway say to each other over their socket pair: few typed messages, each a frame of a
// fixed head (length, type, number of descriptors) and a body. Encoding and decoding are pure; descriptors
// travel beside a frame (see message_channel.h). The two are always the same program, so there are no
// versions.

#include "main/configuration.h"
#include "providers/docker/engine_request.h"

#include <tl/expected.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::process {

// keeper → gateway

struct ListenerEntry {
    std::uint64_t id = 0;   // of the socket, while the keeper lives: the same id is the same socket
    std::string text;       // model::Listener::text
    friend bool operator==(const ListenerEntry&, const ListenerEntry&) = default;
};

// Serve this from now on. Descriptors: one per listener, then one per log path.
struct Configure {
    std::uint64_t generation = 0;
    FileRecord files;
    std::vector<ListenerEntry> listeners;
    std::vector<std::string> log_paths;
    friend bool operator==(const Configure&, const Configure&) = default;
};
// Log to these new descriptors, one per path.
struct Reopen {
    std::vector<std::string> log_paths;
    friend bool operator==(const Reopen&, const Reopen&) = default;
};
// Finish what is under way, then exit.
struct Quit {
    friend bool operator==(const Quit&, const Quit&) = default;
};
// Exit now.
struct Stop {
    friend bool operator==(const Stop&, const Stop&) = default;
};

// The next bytes of an engine's answer, as the engine wrote them.
struct EngineBytes {
    std::uint64_t question = 0;
    std::string bytes;
    friend bool operator==(const EngineBytes&, const EngineBytes&) = default;
};
// Nothing more comes of this answer.
struct EngineEnd {
    enum class How : std::uint8_t {
        closed,        // the engine closed the connection
        not_allowed,   // no such engine is configured, or the request is none
        too_many,      // questions at once
        too_large,     // the answer
        no_connection,
        broken_connection,
    };
    std::uint64_t question = 0;
    How how = How::closed;
    int os_error = 0;   // of the last two
    friend bool operator==(const EngineEnd&, const EngineEnd&) = default;
};

// gateway → keeper

// Every worker serves this generation.
struct Applied {
    std::uint64_t generation = 0;
    friend bool operator==(const Applied&, const Applied&) = default;
};
// This generation was not taken; the former one is still served.
struct Failed {
    std::uint64_t generation = 0;
    std::string text;
    friend bool operator==(const Failed&, const Failed&) = default;
};
// Nothing is under way any more; the gateway exits.
struct Drained {
    friend bool operator==(const Drained&, const Drained&) = default;
};
// Ask one of the configured container engines; the answer comes as EngineBytes and an EngineEnd.
struct AskEngine {
    std::uint64_t question = 0;   // a number of the gateway's, never used again
    std::string endpoint;         // EngineEndpoint::text
    // Of an engine behind TCP: literals to try in turn. The keeper looks up no names, which takes time.
    std::vector<std::string> addresses;
    docker::EngineRequest request;
    friend bool operator==(const AskEngine&, const AskEngine&) = default;
};
// The answer is not wanted any more.
struct LeaveEngine {
    std::uint64_t question = 0;
    friend bool operator==(const LeaveEngine&, const LeaveEngine&) = default;
};

using Message = std::variant<Configure, Reopen, Quit, Stop, EngineBytes, EngineEnd, Applied, Failed, Drained,
                             AskEngine, LeaveEngine>;

struct FrameHead {
    static constexpr std::size_t bytes = 16;
    static constexpr std::uint64_t max_body_bytes = 256U << 20;   // far above what a configuration may be
    static constexpr std::uint32_t max_descriptors = 65'536;

    std::uint64_t body_bytes = 0;
    std::uint32_t type = 0;
    std::uint32_t descriptors = 0;

    // `text` holds at least `bytes`; nullopt: beyond the limits, or of no known type.
    static std::optional<FrameHead> decode(std::string_view text);
};

[[nodiscard]] std::string encode(const Message& message, std::uint32_t descriptors);   // head and body
[[nodiscard]] std::optional<Message> decode(const FrameHead& head, std::string_view body);

}   // namespace gatehouse::process
