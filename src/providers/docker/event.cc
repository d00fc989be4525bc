#include "providers/docker/event.h"

#include "base/text.h"
#include "providers/docker/engine_request.h"
#include "providers/docker/json_fields.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <utility>

namespace gatehouse::docker {
namespace {

using nlohmann::json;
using Kind = EngineEvent::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 13> container_actions{{
    {"create", Kind::created},
    {"start", Kind::started},
    {"kill", Kind::signalled},
    {"die", Kind::died},
    {"died", Kind::died},   // Podman
    {"stop", Kind::died},
    {"destroy", Kind::destroyed},
    {"remove", Kind::destroyed},   // Podman
    {"pause", Kind::changed},
    {"unpause", Kind::changed},
    {"rename", Kind::changed},
    {"update", Kind::changed},
    {"health_status", Kind::changed},
}};

Kind kind_of(std::string_view type, std::string_view action) {
    action = action.substr(0, action.find(':'));   // "health_status: healthy"
    if (type == "network")
        return action == "connect" || action == "disconnect" ? Kind::reconnected : Kind::other;
    if (type != "container") return Kind::other;
    for (const auto& [name, kind] : container_actions) {
        if (name == action) return kind;
    }
    return Kind::other;
}

}   // namespace

int signal_number(std::string_view written) {
    if (written.empty()) return SIGTERM;
    if (const auto number = parse_decimal(written)) return *number < NSIG ? static_cast<int>(*number) : 0;
    if (starts_with_ignoring_case(written, "SIG")) written.remove_prefix(3);
    if (starts_with_ignoring_case(written, "RTMIN")) {
        written.remove_prefix(5);
        const auto offset = written.starts_with('+') ? parse_decimal(written.substr(1)) : std::nullopt;
        constexpr int first_real_time = 34;   // as Docker counts, which is glibc's SIGRTMIN
        if (written.empty()) return first_real_time;
        return offset && *offset < 31 ? first_real_time + static_cast<int>(*offset) : 0;
    }
    for (int number = 1; number < NSIG; ++number) {
        const char* name = ::sigabbrev_np(number);
        if (name != nullptr && equals_ignoring_case(written, name)) return number;
    }
    return 0;
}

std::optional<EngineEvent> parse_event(std::string_view written) {
    const json parsed = json::parse(written, nullptr, false);
    if (!parsed.is_object()) return std::nullopt;
    const json& actor = member(parsed, "Actor");
    const json& attributes = member(actor, "Attributes");
    EngineEvent event;
    event.kind = kind_of(text_member(parsed, "Type"), text_member(parsed, "Action"));
    const json& at = member(parsed, "timeNano");
    if (at.is_number_integer()) event.at_ns = std::max<std::int64_t>(at.get<std::int64_t>(), 0);
    if (event.kind == Kind::other) return event;
    event.id =
        event.kind == Kind::reconnected ? text_member(attributes, "container") : text_member(actor, "ID");
    if (!is_container_id(event.id)) {
        event.kind = Kind::other;
        event.id.clear();
    }
    if (event.kind == Kind::signalled) {
        const std::string signal = text_member(attributes, "signal");
        event.signal = signal.empty() ? 0 : signal_number(signal);
    }
    return event;
}

}   // namespace gatehouse::docker
