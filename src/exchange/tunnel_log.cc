#include "exchange/tunnel_log.h"

#include "exchange/common_variables.h"
#include "exchange/log_line.h"
#include "exchange/rewrite.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace gatehouse::exchange {
namespace {

using model::VariableId;
using model::VariableRef;

bool is_late(VariableId id) {
    switch (id) {
        case VariableId::body_bytes_sent:
        case VariableId::bytes_received:
        case VariableId::bytes_sent:
        case VariableId::connection_time:
        case VariableId::connections_active:
        case VariableId::connections_reading:
        case VariableId::connections_waiting:
        case VariableId::connections_writing:
        case VariableId::msec:
        case VariableId::request_time:
        case VariableId::session_time:
        case VariableId::time_iso8601:
        case VariableId::time_local:
        case VariableId::upstream_bytes_received:
        case VariableId::upstream_bytes_sent:
        case VariableId::upstream_first_byte_time:
        case VariableId::upstream_response_time:
        case VariableId::upstream_session_time: return true;
        default: return false;
    }
}

// Whether anything that a text refers to is late, followed through maps.
class Lateness {
public:
    explicit Lateness(const model::Model& model) : model_(model), seen_(model.maps.size()) {}

    bool is_in(const model::Template& text) {
        return std::ranges::any_of(text.parts(), [&](const auto& part) {
            const auto* variable = std::get_if<VariableRef>(&part);
            return variable != nullptr && (is_late(variable->id) || is_behind(*variable));
        });
    }
    // Behind a map: what is late by itself can be filled in.
    bool is_behind_any(const model::Template& text) {
        return std::ranges::any_of(text.parts(), [&](const auto& part) {
            const auto* variable = std::get_if<VariableRef>(&part);
            return variable != nullptr && is_behind(*variable);
        });
    }

private:
    bool is_behind(const VariableRef& variable) {
        if (variable.id != VariableId::map || variable.slot >= seen_.size() || seen_[variable.slot])
            return false;
        seen_[variable.slot] = true;
        const auto& map = *model_.maps[variable.slot];
        const auto is_in_value = [&](const auto& entry) { return is_in(entry.second); };
        return is_in(map.subject) || is_in(map.fallback) || std::ranges::any_of(map.exact, is_in_value) ||
               std::ranges::any_of(map.leading, is_in_value) ||
               std::ranges::any_of(map.trailing, is_in_value) ||
               std::ranges::any_of(map.regexes, [&](const auto& entry) { return is_in(entry.value); });
    }

    const model::Model& model_;
    std::vector<bool> seen_;
};

// What the end of a tunnel tells.
class Ended final : public model::VariableSource {
public:
    Ended(WorkerState& worker, const Tunnel::Facts& tunnel, const TunnelLog::Past& past)
        : worker_(worker), tunnel_(tunnel), past_(past) {}

    std::optional<std::string_view> variable(const VariableRef& ref) override {
        const auto& traffic = tunnel_.traffic;
        switch (ref.id) {
            case VariableId::bytes_sent: return number_text(traffic.to_client, arena_);
            case VariableId::body_bytes_sent:
                return number_text(traffic.to_client - std::min(past_.head_bytes, traffic.to_client), arena_);
            case VariableId::bytes_received: return number_text(traffic.from_client, arena_);
            case VariableId::upstream_bytes_sent: return number_text(traffic.to_endpoint, arena_);
            case VariableId::upstream_bytes_received: return number_text(traffic.from_endpoint, arena_);
            case VariableId::request_time:
            case VariableId::session_time: return since(past_.began);
            case VariableId::connection_time: return since(past_.connection_opened);
            case VariableId::upstream_response_time:
            case VariableId::upstream_session_time: return since(past_.attempt_began);
            case VariableId::upstream_first_byte_time:
                if (!tunnel_.first_byte_at) return "-";
                return seconds_with_millis(*tunnel_.first_byte_at - past_.attempt_began, arena_);
            default: return common_variable(ref.id, worker_, arena_);
        }
    }
    Arena& arena() override { return arena_; }

private:
    std::string_view since(loop::TimePoint then) {
        return seconds_with_millis(worker_.loop.now() - then, arena_);
    }
    WorkerState& worker_;
    const Tunnel::Facts& tunnel_;
    const TunnelLog::Past& past_;
    Arena arena_;
};

}   // namespace

bool TunnelLog::can_begin(const AccessLogs& logs, const model::Model& model) {
    return std::ranges::none_of(logs, [&](const auto& log) {
        Lateness lateness(model);
        return !log->run_time_path.empty() || lateness.is_in(log->condition) ||
               lateness.is_behind_any(log->format->line);
    });
}

void TunnelLog::begin(const AccessLogs& logs, model::VariableSource& source, const Earlier& earlier) {
    for (const auto& log : logs) {
        if (!log->condition.empty() && !is_true(log->condition.render(source))) continue;
        Line line{.log = log, .text = {}, .late = {}};
        for (const auto& part : log->format->line.parts()) {
            if (const auto* literal = std::get_if<std::string>(&part)) {
                line.text += *literal;
                continue;
            }
            const auto& variable = std::get<VariableRef>(part);
            if (is_late(variable.id)) {
                line.text += earlier(variable.id);
                line.late.push_back({line.text.size(), &variable});
            } else {
                LogLine(line.text).put_value(source.variable(variable), log->format->escape);
            }
        }
        line.text.shrink_to_fit();
        lines_.push_back(std::move(line));
    }
}

void TunnelLog::finish(WorkerState& worker, const Tunnel::Facts& tunnel) const {
    if (note_ != nullptr) write_note(tunnel);
    if (lines_.empty()) return;
    Ended ended(worker, tunnel, past_);
    for (const auto& line : lines_) {
        LogLine out(worker.logs.lines_for(*line.log));
        std::size_t written = 0;
        for (const auto& late : line.late) {
            out.put(std::string_view(line.text).substr(written, late.offset - written));
            out.put_value(ended.variable(*late.variable), line.log->format->escape);
            written = late.offset;
        }
        out.put(std::string_view(line.text).substr(written));
        out.put('\n');
    }
}

void TunnelLog::write_note(const Tunnel::Facts& tunnel) const {
    const auto text = [&]() -> std::string_view {
        switch (tunnel.end) {
            case Tunnel::End::client: return "client disconnected";
            case Tunnel::End::endpoint: return "upstream disconnected";
            case Tunnel::End::timed_out: return "connection timed out";
            case Tunnel::End::canceled: return "shutdown timeout";
        }
        return "";
    }();
    const auto& traffic = tunnel.traffic;
    log::write_error(
        log::LogLevel::info, note_->logs, note_->connection,
        fmt::format("{}, bytes from/to client:{}/{}, bytes from/to upstream:{}/{}", text, traffic.from_client,
                    traffic.to_client, traffic.from_endpoint, traffic.to_endpoint));
}

}   // namespace gatehouse::exchange
