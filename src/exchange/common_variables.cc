#include "exchange/common_variables.h"

#include "base/version.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>

namespace gatehouse::exchange {

using model::VariableId;

std::string_view number_text(std::uint64_t value, Arena& arena) {
    const fmt::format_int text(value);
    return arena.copy({text.data(), text.size()});
}

std::string_view seconds_with_millis(loop::Duration duration, Arena& arena) {
    const auto ms =
        std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(), 0);
    char text[32];
    const auto end = fmt::format_to(text, "{}.{:03}", ms / 1000, ms % 1000);
    return arena.copy({text, static_cast<std::size_t>(end - text)});
}

std::string_view port_text(const SocketAddress& address, Arena& arena) {
    return address.port() == 0 ? std::string_view("") : number_text(address.port(), arena);
}

std::string_view binary_address(const SocketAddress& address, Arena& arena) {
    const auto* at = reinterpret_cast<const char*>(&address.storage);
    if (address.family() == AF_INET) return arena.copy({at + offsetof(sockaddr_in, sin_addr), 4});
    if (address.family() == AF_INET6) return arena.copy({at + offsetof(sockaddr_in6, sin6_addr), 16});
    return "unix:";
}

std::optional<std::string_view> common_variable(VariableId id, WorkerState& worker, Arena& arena) {
    const auto total = [&](Counter Counters::*which) {
        return number_text(static_cast<std::uint64_t>(worker.shared.counters.total(which)), arena);
    };
    switch (id) {
        case VariableId::nginx_version: return followed_nginx_version;
        case VariableId::pid: return number_text(process_id(), arena);
        case VariableId::msec: return seconds_with_millis(worker.loop.wall_time().time_since_epoch(), arena);
        case VariableId::time_local: return arena.copy(worker.local_date());
        case VariableId::time_iso8601: {
            const auto text = arena.allocate_text(http::iso_date_bytes);
            return http::format_iso_date(worker.unix_time(), utc_offset_minutes(worker.unix_time()),
                                         text.first<http::iso_date_bytes>());
        }
        case VariableId::connections_active: return total(&Counters::active);
        case VariableId::connections_reading: return total(&Counters::reading);
        case VariableId::connections_writing: return total(&Counters::writing);
        case VariableId::connections_waiting: return total(&Counters::waiting);
        default: return {};
    }
}

}   // namespace gatehouse::exchange
