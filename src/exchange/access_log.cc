#include "exchange/access_log.h"

#include "exchange/log_escape.h"
#include "exchange/rewrite.h"
#include "exchange/worker_state.h"
#include "log/error_log.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace gatehouse::exchange {
namespace {

void append_line(Exchange& exchange, const model::LogFormat& format, std::string& out) {
    for (const auto& part : format.line.parts()) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            out += *literal;
            continue;
        }
        append_log_value(out, exchange.variable(std::get<model::VariableRef>(part)), format.escape);
    }
    out += '\n';
}

bool leads_upwards(std::string_view path) {
    return path.contains("/../") || path.ends_with("/..") || path.contains('\0');
}

// Null: not to be logged. As in nginx, a request whose root is no directory makes no file: else names that
// nobody serves would each make one.
std::string* lines_of_run_time_file(Exchange& exchange, const model::AccessLog& access_log) {
    auto path = exchange.render(access_log.run_time_path);
    if (!path.starts_with('/')) path = exchange.arena().concat({access_log.prefix, path});
    const std::string root(exchange.document_root());
    struct stat status {};
    const bool has_root = ::stat(root.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
    if (has_root && !leads_upwards(path)) return &exchange.client.worker.logs.lines_for(path);
    log::write_error(
        log::LogLevel::error, exchange.route->error_logs, exchange.client.number,
        has_root ? fmt::format("the name of an access log leads upwards: \"{}\"", path)
                 : fmt::format("nothing is logged to \"{}\": the root \"{}\" is no directory", path, root));
    return nullptr;
}

std::string* lines_of(Exchange& exchange, const model::AccessLog& access_log) {
    if (!access_log.run_time_path.empty()) return lines_of_run_time_file(exchange, access_log);
    return &exchange.client.worker.logs.lines_for(access_log);
}

}   // namespace

void write_access_logs(Exchange& exchange) {
    if (exchange.route == nullptr) return;
    for (const auto& access_log : exchange.route->access_logs) {
        if (!access_log->condition.empty() && !is_true(exchange.render(access_log->condition))) continue;
        if (auto* lines = lines_of(exchange, *access_log)) append_line(exchange, *access_log->format, *lines);
    }
}

}   // namespace gatehouse::exchange
