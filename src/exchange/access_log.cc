#include "exchange/access_log.h"

#include "exchange/log_line.h"
#include "exchange/rewrite.h"
#include "exchange/worker_state.h"
#include "http/status.h"
#include "log/error_log.h"

#include <fmt/format.h>
#include <sys/stat.h>

namespace gatehouse::exchange {
namespace {

// Values that Gatehouse itself makes of digits, letters and the like: they need neither memory nor escapes.
// False: it is not one of them.
bool put_plain(Exchange& exchange, model::VariableId id, LogLine& line) {
    using model::VariableId;
    switch (id) {
        case VariableId::remote_addr: line.put(exchange.client_ip()); return true;
        case VariableId::status: line.put(http::StatusDigits(exchange.response.status).view()); return true;
        case VariableId::body_bytes_sent: line.put_number(exchange.body_bytes_sent); return true;
        case VariableId::bytes_sent: line.put_number(exchange.bytes_sent); return true;
        case VariableId::time_local: line.put(exchange.client.worker.local_date()); return true;
        default: return false;
    }
}

void append_line(Exchange& exchange, const model::LogFormat& format, std::string& lines) {
    LogLine line(lines);
    for (const auto& part : format.line.parts()) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            line.put(*literal);
            continue;
        }
        const auto& variable = *std::get_if<model::VariableRef>(&part);
        if (!put_plain(exchange, variable.id, line))
            line.put_value(exchange.variable(variable), format.escape);
    }
    line.put('\n');
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
