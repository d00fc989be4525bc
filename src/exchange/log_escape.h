#pragma once
// Values of $variables as they stand in an access log line, escaped as nginx does: a request must not be able
// to forge a line or break out of a quoted field. Pure text; the literal parts of a format are never escaped.

#include "model/log_format.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::exchange {

// Appends the value. standard: '"', '\', control characters and every byte from 0x7F on become \xXX, and a
// value that is not set is "-". json: as inside a JSON string. none: as it is. Not set is nothing with the
// latter two.
void append_log_value(std::string& out, std::optional<std::string_view> value,
                      model::LogFormat::Escape escape);

}   // namespace gatehouse::exchange
