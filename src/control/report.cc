#include "control/report.h"

#include "log/error_log.h"

namespace gatehouse::control {

Report report_to_log() {
    return [](model::LogLevel level, std::string_view text) { log::write_error(level, text); };
}

}   // namespace gatehouse::control
