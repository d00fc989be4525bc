#pragma once
// Values of $variables that exchanges and sessions have alike, and the forms that values take.

#include "base/arena.h"
#include "base/socket_address.h"
#include "loop/clock.h"
#include "model/variable.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::exchange {

class WorkerState;

// Of the gateway and of the time; nothing: it is no such variable.
[[nodiscard]] std::optional<std::string_view> common_variable(model::VariableId id, WorkerState& worker,
                                                              Arena& arena);

[[nodiscard]] std::string_view number_text(std::uint64_t value, Arena& arena);
[[nodiscard]] std::string_view seconds_with_millis(loop::Duration duration, Arena& arena);   // "1.250"
[[nodiscard]] std::string_view port_text(const SocketAddress& address, Arena& arena);   // "" of a unix socket
[[nodiscard]] std::string_view binary_address(const SocketAddress& address, Arena& arena);

}   // namespace gatehouse::exchange
