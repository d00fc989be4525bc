#pragma once
// The values of $ssl_ variables: which fact of a session (tls/session_facts.h) each is.

#include "base/arena.h"
#include "model/variable.h"
#include "tls/session.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::exchange {

// Nothing: not set, or no variable of TLS. `unix_seconds`: now.
[[nodiscard]] std::optional<std::string_view> tls_variable(model::VariableId id, const tls::Session& session,
                                                           Arena& arena, std::int64_t unix_seconds);

}   // namespace gatehouse::exchange
