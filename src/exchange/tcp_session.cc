#include "exchange/tcp_session.h"

#include "base/text.h"
#include "exchange/common_variables.h"
#include "exchange/filters/filter_run.h"
#include "exchange/log_line.h"
#include "exchange/open_tunnel.h"
#include "exchange/proxy_header.h"
#include "exchange/rewrite.h"
#include "exchange/tls_variables.h"
#include "exchange/worker_state.h"

#include <fmt/format.h>

namespace gatehouse::exchange {
namespace {

using model::VariableId;
using Value = std::optional<std::string_view>;

std::string text_of(VariableId id, const TcpAttempt& attempt, Arena& arena) {
    const auto time = [&](const std::optional<loop::Duration>& duration) {
        return duration ? std::string(seconds_with_millis(*duration, arena)) : std::string("-");
    };
    switch (id) {
        case VariableId::upstream_addr: return std::string(attempt.address);
        case VariableId::upstream_bytes_received: return std::to_string(attempt.bytes_received);
        case VariableId::upstream_bytes_sent: return std::to_string(attempt.bytes_sent);
        case VariableId::upstream_connect_time: return time(attempt.connect_time);
        case VariableId::upstream_first_byte_time: return time(attempt.first_byte_time);
        case VariableId::upstream_session_time: return time(attempt.session_time);
        default: return {};
    }
}

bool is_of_upstream(VariableId id) {
    return id == VariableId::upstream_addr || id == VariableId::upstream_bytes_received ||
           id == VariableId::upstream_bytes_sent || id == VariableId::upstream_connect_time ||
           id == VariableId::upstream_first_byte_time || id == VariableId::upstream_session_time;
}

bool leads_upwards(std::string_view path) {
    return path.contains("/../") || path.ends_with("/..") || path.contains('\0');
}

// Null: not to be logged.
std::string* lines_of(TcpSession& session, const model::AccessLog& log) {
    auto& logs = session.client.worker.logs;
    if (log.run_time_path.empty()) return &logs.lines_for(log);
    auto path = session.render(log.run_time_path);
    if (!path.starts_with('/')) path = session.arena().concat({log.prefix, path});
    if (!leads_upwards(path)) return &logs.lines_for(path);
    session.log(log::LogLevel::error, fmt::format("the name of an access log leads upwards: \"{}\"", path));
    return nullptr;
}

}   // namespace

OpenTunnel::OpenTunnel(net::Stream& client, upstream::ConnectionPtr endpoint, upstream::EndpointLease lease,
                       const TunnelSettings& settings, const TunnelLog::Past& past)
    : tunnel(client, std::move(endpoint), std::move(lease), settings), log(past) {}

OpenTunnel::~OpenTunnel() = default;

TcpSession::TcpSession(ClientConnection& connection, const model::TcpSite& of)
    : client(connection),
      publication(connection.port.publication),
      listener(*connection.port.listener),
      site(&of),
      started(connection.worker.loop.now()),
      own_(publication->snapshot->model, arena_),
      client_address_(connection.peer.expand()) {}

void TcpSession::choose_site(std::string_view name) {
    model::Captures found;
    const model::Regex* regex = nullptr;
    site = &listener.tcp_sites.match(keep(name), found, regex);
    if (regex == nullptr) return;
    captures = found;
    own_.take_named(*regex, captures);
}

void TcpSession::run_script() {
    for (const auto& entry : site->script.entries) {
        const auto* step = std::get_if<model::SetStep>(&entry.step);
        if (step == nullptr) continue;   // the face lets nothing else stand there
        const auto value = keep(render(step->value));
        if (step->target.id == VariableId::map) {
            own_.set_map(step->target.slot, value);
        } else {
            own_.set(step->target.slot, value);
        }
    }
}

const SocketAddress& TcpSession::local_address() {
    if (!local_address_) {
        SocketAddress address;
        auto& channel = client.stream.channel();
        channel.loop().backend().local_address(channel.fd(), address.storage, address.length);
        local_address_ = address;
    }
    return *local_address_;
}

std::uint64_t TcpSession::size_of(const model::VariableSize& size) {
    if (size.run_time.empty()) return size.bytes;
    const auto text = render(size.run_time);
    if (text.empty()) return 0;
    const auto bytes = parse_size(text);
    if (!bytes) log(log::LogLevel::error, fmt::format("invalid size \"{}\"", text));
    return bytes.value_or(0);
}

Value TcpSession::variable(const model::VariableRef& ref) {
    switch (ref.id) {
        case VariableId::slot: return own_.get(ref.slot);
        case VariableId::map: return own_.map(ref.slot, *this, captures);
        case VariableId::capture: return ref.slot < captures.count ? Value(captures.at(ref.slot)) : Value();
        case VariableId::proxy_protocol_tlv:
        case VariableId::proxy_protocol_addr:
        case VariableId::proxy_protocol_port:
        case VariableId::proxy_protocol_server_addr:
        case VariableId::proxy_protocol_server_port:
            return client.proxied ? proxied_variable(*client.proxied, ref, arena_) : Value();
        case VariableId::status: return keep(fmt::format("{:03}", status));
        case VariableId::protocol: return "TCP";
        case VariableId::connection: return number_text(client.number, arena_);
        case VariableId::server_name: return site->name;
        case VariableId::bytes_sent: return number_text(traffic.to_client, arena_);
        case VariableId::bytes_received: return number_text(traffic.from_client, arena_);
        case VariableId::session_time: return seconds_with_millis(client.worker.loop.now() - started, arena_);
        case VariableId::hostname: return publication->snapshot->model.hostname;
        case VariableId::gatehouse_reason: return reason.empty() ? Value() : Value(reason);
        default: break;
    }
    if (ref.id >= VariableId::ssl_alpn_protocol && ref.id <= VariableId::ssl_sigalgs) {
        const auto* tls = client.stream.tls();
        return tls == nullptr ? Value() : tls_variable(ref.id, *tls, arena_, client.worker.unix_time());
    }
    if (is_of_upstream(ref.id)) return upstream_variable(ref.id);
    if (const auto value = preread_variable(ref.id)) return value;
    if (const auto value = address_variable(ref.id)) return value;
    return common_variable(ref.id, client.worker, arena_);
}

Value TcpSession::preread_variable(VariableId id) {
    if (hello == nullptr) return {};
    switch (id) {
        case VariableId::ssl_preread_server_name: return hello->server_name;
        case VariableId::ssl_preread_protocol: return hello->version_name();
        case VariableId::ssl_preread_alpn_protocols: {
            std::string all;
            for (const auto& name : hello->application_protocols) all += (all.empty() ? "" : ",") + name;
            return keep(all);
        }
        default: return {};
    }
}

Value TcpSession::address_variable(VariableId id) {
    switch (id) {
        case VariableId::remote_addr: return keep(client_address_.ip_text());
        case VariableId::remote_port: return port_text(client_address_, arena_);
        case VariableId::binary_remote_addr: return binary_address(client_address_, arena_);
        case VariableId::realip_remote_addr: return client.peer.ip_text(arena_);
        case VariableId::realip_remote_port: return port_text(client.peer.expand(), arena_);
        case VariableId::server_addr: return keep(local_address().ip_text());
        case VariableId::server_port: return port_text(local_address(), arena_);
        default: return {};
    }
}

std::string TcpSession::earlier(VariableId id) {
    std::string out;
    if (!is_of_upstream(id)) return out;
    for (std::size_t i = 0; i + 1 < attempts.size(); ++i) out += text_of(id, attempts[i], arena_) + ", ";
    return out;
}

Value TcpSession::upstream_variable(VariableId id) {
    if (attempts.empty()) return {};
    return keep(earlier(id) + text_of(id, attempts.back(), arena_));
}

void TcpSession::log(log::LogLevel level, std::string_view text, std::string_view action) {
    if (!log::is_logged(level, site->error_logs)) return;
    std::string line(text);
    if (!action.empty()) line.append(" while ").append(action);
    line += fmt::format(", client: {}, server: {}", client_address_.ip_text(), listener.listener.text);
    if (!attempts.empty()) {
        const auto& attempt = attempts.back();
        line += fmt::format(", upstream: \"{}\", bytes from/to client:{}/{}, bytes from/to upstream:{}/{}",
                            attempt.address, traffic.from_client, traffic.to_client, attempt.bytes_received,
                            attempt.bytes_sent);
    }
    log::write_error(level, site->error_logs, client.number, line);
}

void TcpSession::write_access_logs() {
    for (const auto& access_log : site->access_logs) {
        if (!access_log->condition.empty() && !is_true(render(access_log->condition))) continue;
        auto* lines = lines_of(*this, *access_log);
        if (lines == nullptr) continue;
        LogLine line(*lines);
        for (const auto& part : access_log->format->line.parts()) {
            if (const auto* literal = std::get_if<std::string>(&part)) {
                line.put(*literal);
            } else {
                line.put_value(variable(std::get<model::VariableRef>(part)), access_log->format->escape);
            }
        }
        line.put('\n');
    }
}

}   // namespace gatehouse::exchange
