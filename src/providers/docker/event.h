#pragma once
// One line of an engine's events, read into a value. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::docker {

struct EngineEvent {
    enum class Kind : std::uint8_t {
        created,
        started,
        signalled,   // `kill`: it was sent `signal`
        died,
        destroyed,
        changed,       // paused, renamed, another health …: only an inspection tells
        reconnected,   // a network was connected or disconnected
        other,         // nothing that matters for routing
    };
    Kind kind = Kind::other;
    std::string id;           // of the container; empty with `other`
    int signal = 0;           // of `signalled`; 0: not known
    std::int64_t at_ns = 0;   // nanoseconds since 1970 by the engine's clock; 0: it did not say
};

// nullopt: no event. Docker's form (Type, Action, Actor), and the older one Podman still writes beside it.
[[nodiscard]] std::optional<EngineEvent> parse_event(std::string_view json);

// "SIGQUIT", "quit", "3", "SIGRTMIN+3" → its number; "" → SIGTERM, the engine's default; 0: not known.
[[nodiscard]] int signal_number(std::string_view written);

}   // namespace gatehouse::docker
