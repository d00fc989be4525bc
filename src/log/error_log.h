#pragma once
// The error log: messages with a level, in nginx's line format ("2026/11/20 12:00:00 [error] 17#3: *42
// text"). A message goes to the logs of its route, or of the process where there is no route. Below the level
// of every log it costs a comparison. Thread-safe; before the process has opened its logs, messages go to
// stderr.

#include "model/log_format.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::log {

class LogWriter;
using model::LogLevel;
using ErrorLogs = std::vector<std::shared_ptr<const model::ErrorLog>>;

// Set once at start by the process (null again before the writer dies).
void set_error_log_writer(LogWriter* writer);
// The logs used where no route's apply; replaced on reload.
void set_process_error_logs(ErrorLogs logs);

// An empty `logs` stands for the process's.
[[nodiscard]] bool is_logged(LogLevel level, const ErrorLogs& logs);
// connection: nginx's "*N" number; 0: none.
void write_error(LogLevel level, const ErrorLogs& logs, std::uint64_t connection, std::string_view text);
void write_error(LogLevel level, std::string_view text);   // to the process's logs

// A whole line with its '\n', dated now. Text that came from outside cannot break it: control bytes are shown
// as \xNN, and what is longer than 4 KiB is cut.
[[nodiscard]] std::string format_error_line(LogLevel level, std::uint64_t connection, std::string_view text);
[[nodiscard]] std::string_view name_of(LogLevel level);

}   // namespace gatehouse::log
