#pragma once
// Where control's notices and errors go: the error log, or a test's list.

#include "model/log_format.h"

#include <functional>
#include <string_view>

namespace gatehouse::control {

using Report = std::function<void(model::LogLevel, std::string_view)>;
[[nodiscard]] Report report_to_log();

}   // namespace gatehouse::control
