#include "exchange/access_log.h"

#include "exchange/log_escape.h"
#include "exchange/rewrite.h"
#include "exchange/worker_state.h"

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

}   // namespace

void write_access_logs(Exchange& exchange) {
    if (exchange.route == nullptr) return;
    for (const auto& access_log : exchange.route->access_logs) {
        if (!access_log->condition.empty() && !is_true(exchange.render(access_log->condition))) continue;
        append_line(exchange, *access_log->format, exchange.client.worker.logs.lines_for(*access_log));
    }
}

}   // namespace gatehouse::exchange
