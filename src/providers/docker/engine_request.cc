#include "providers/docker/engine_request.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::docker {
namespace {

using Kind = EngineRequest::Kind;

// {"type":["container","network"],"event":[…]}: what never changes how a container is routed stays away,
// above all the exec events of health checks. An engine that does not know one of them just never sends it.
constexpr std::string_view event_filters =
    "%7B%22type%22%3A%5B%22container%22%2C%22network%22%5D%2C%22event%22%3A%5B%22create%22%2C%22start%22%2C"
    "%22kill%22%2C%22die%22%2C%22stop%22%2C%22destroy%22%2C%22pause%22%2C%22unpause%22%2C%22rename%22%2C"
    "%22update%22%2C%22health_status%22%2C%22connect%22%2C%22disconnect%22%5D%7D";

std::string target_of(const EngineRequest& request) {
    switch (request.kind) {
        case Kind::ping: return "/_ping";
        case Kind::version: return "/version";
        case Kind::list: return "/containers/json?all=1";
        case Kind::inspect: return fmt::format("/containers/{}/json", request.id);
        case Kind::events: break;
    }
    std::string target = fmt::format("/events?filters={}", event_filters);
    if (request.since > 0)
        target +=
            fmt::format("&since={}.{:09}", request.since / 1'000'000'000, request.since % 1'000'000'000);
    return target;
}

}   // namespace

bool is_container_id(std::string_view text) {
    const auto is_word = [](char c) { return is_digit(c) || is_alpha(c); };
    return !text.empty() && text.size() <= longest_container_id && is_word(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return is_word(c) || c == '_' || c == '.' || c == '-'; });
}

bool is_valid(const EngineRequest& request) {
    if (static_cast<std::size_t>(request.kind) >= engine_request_kinds) return false;
    const bool has_id = request.kind == Kind::inspect;
    if (has_id ? !is_container_id(request.id) : !request.id.empty()) return false;
    return request.since == 0 || (request.kind == Kind::events && request.since > 0);
}

std::string request_text(const EngineRequest& request, std::string_view host) {
    return fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: gatehouse\r\nAccept: application/json\r\nConnection: "
        "close\r\n\r\n",
        target_of(request), host);
}

std::size_t answer_limit(Kind kind) {
    constexpr std::size_t kib = 1024;
    switch (kind) {
        case Kind::ping: return 4 * kib;
        case Kind::version: return 64 * kib;
        case Kind::list: return 128 * kib * kib;   // some 3 KiB a container
        case Kind::inspect: return 4 * kib * kib;
        case Kind::events: break;
    }
    return no_limit;
}

}   // namespace gatehouse::docker
