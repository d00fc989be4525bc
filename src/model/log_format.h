#pragma once
// Where and how exchanges are logged: a format is a template plus an escaping rule; an access log is a
// format, a sink and a condition. Sinks are opened by path by the process; the model only names them.

#include "model/origin.h"
#include "model/template.h"

#include <chrono>
#include <memory>
#include <string>

namespace gatehouse::model {

struct LogFormat {
    enum class Escape : std::uint8_t { standard, json, none };   // nginx: default, json, none
    std::string name;
    Origin origin;
    Escape escape = Escape::standard;
    Template line;   // without the final newline
};

struct AccessLog {
    Origin origin;
    std::string path;         // absolute, or /dev/stdout …
    Template run_time_path;   // of a name with variables, instead; what is not absolute …
    std::string prefix;       // … is below this
    std::shared_ptr<const LogFormat> format;
    std::size_t buffer_bytes = 0;   // buffer=, 0: lines are written as they come (batched per loop turn)
    std::chrono::milliseconds flush{0};   // flush=
    Template condition;                   // if=; empty: always. "" and "0" are false
};

enum class LogLevel : std::uint8_t { debug, info, notice, warn, error, crit, alert, emerg };

struct ErrorLog {
    Origin origin;
    std::string path;   // "stderr", absolute path
    LogLevel level = LogLevel::error;
};

}   // namespace gatehouse::model
